using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing;

namespace Kms.Hardware.Tests.YubiHsm;

public sealed class SecureChannelTests
{
    private static readonly IReadOnlyList<Vector> Sessions = Vectors.Load("yubihsm/scp03_sessions").All("sessions");

    public static TheoryData<string> Names => [.. Sessions.Select(s => s.Text("name"))];

    public static TheoryData<string> Negatives => [.. Vectors.Load("yubihsm/scp03_negative").All("vectors").Select(v => v.Text("what"))];

    [Fact]
    public void A_password_is_stretched_into_two_keys()
    {
        var passwords = Vectors.Load("yubihsm/password").All("vectors");
        Assert.NotEmpty(passwords);
        foreach (var vector in passwords)
        {
            var secret = new byte[Credentials.SecretSize];
            Credentials.Stretch(vector.Hex("password_utf8"), secret);
            Assert.Equal([.. vector.Hex("k_enc"), .. vector.Hex("k_mac")], secret);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Keys_and_cryptograms_are_derived_from_the_challenges(string name)
    {
        var session = Get(name);
        using var keys = Keys(session);
        var kdf = session.In("kdf");
        Assert.Equal(kdf.In("s_enc").Hex("output"), keys.Encryption);
        Assert.Equal(kdf.In("s_mac").Hex("output"), keys.CommandMac);
        Assert.Equal(kdf.In("s_rmac").Hex("output"), keys.ResponseMac);
        Assert.Equal(kdf.In("card_cryptogram").Hex("output"), keys.CardCryptogram);
        Assert.Equal(kdf.In("host_cryptogram").Hex("output"), keys.HostCryptogram);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_message_is_wrapped_and_unwrapped_byte_for_byte(string name)
    {
        var session = Get(name);
        Assert.Equal(session.Hex("create_session_request"), CreateSessionCommand.Encode((ushort)session.Int("authkey_id"), session.Hex("host_challenge")));

        var messages = session.All("messages");
        using var channel = Open(session, (uint)messages[0].Int("counter"), out var authenticate);
        Assert.Equal(session.Hex("authenticate_session_request"), authenticate);
        foreach (var message in messages)
        {
            Assert.Equal(message.Hex("session_message_request"), channel.Wrap(message.Hex("inner_command")));
            Assert.Null(Unwrap(channel, message.Hex("session_message_response"), out var inner));
            Assert.Equal(message.Hex("inner_response"), inner);
        }
    }

    [Theory]
    [MemberData(nameof(Negatives))]
    public void A_response_that_is_not_the_devices_ends_the_session(string what)
    {
        var negative = Vectors.Load("yubihsm/scp03_negative").All("vectors").Single(v => v.Text("what") == what);
        using var channel = Waiting();
        var failure = Unwrap(channel, negative.Hex("response"), out var inner) ?? Frame.ReadAnswer(inner, CommandCode.ListObjects, out _);
        Assert.Equal(FailureCause.SessionLost, failure!.Cause);
        Assert.Equal(what.StartsWith("plain error", StringComparison.Ordinal), failure.Error is not null);
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_of_a_response_is_seen()
    {
        var response = Get("default key").All("messages")[0].Hex("session_message_response");
        var spoiled = Enumerable.Range(0, response.Length * 8).Select(bit =>
        {
            var copy = response.ToArray();
            copy[bit / 8] ^= (byte)(1 << bit % 8);
            return copy;
        }).Concat(Enumerable.Range(0, response.Length).Select(length => response[..length])).Append([.. response, 0]);
        foreach (var bytes in spoiled)
        {
            using var channel = Waiting();
            Assert.Equal(FailureCause.SessionLost, Unwrap(channel, bytes, out _)?.Cause);
            Assert.False(channel.IsUsable);
            Assert.Throws<InvalidOperationException>(() => channel.Wrap([0x01, 0, 0]));
        }
    }

    [Fact]
    public void A_card_cryptogram_of_another_key_proves_nothing()
    {
        using var keys = Keys(Get("default key"));
        var bad = Vectors.Load("yubihsm/scp03_negative").Hex("bad_create_session_response");
        Assert.True(keys.Proves(Get("default key").Hex("create_session_response").AsSpan(^8..)));
        Assert.False(keys.Proves(bad.AsSpan(^8..)));
        Assert.False(keys.Proves([]));
    }

    [Fact]
    public void Session_keys_serve_a_bounded_number_of_messages()
    {
        using var last = Open(Get("default key"), SecureChannel.MaxMessages, out _);
        using var over = Open(Get("default key"), SecureChannel.MaxMessages + 1, out _);
        Assert.True(last.IsUsable);
        Assert.False(over.IsUsable);
        Assert.Throws<InvalidOperationException>(() => over.Wrap([0x01, 0, 0]));
    }

    [Fact]
    public void A_session_can_always_be_closed_but_only_once()
    {
        using var full = Open(Get("default key"), SecureChannel.MaxMessages + 1, out _);
        using var waiting = Waiting();
        using var broken = Waiting();
        Assert.NotNull(Unwrap(broken, [0x85], out _));
        Assert.Equal(waiting.Close(), broken.Close());
        foreach (var channel in (SecureChannel[])[full, waiting, broken])
        {
            if (channel == full) channel.Close();
            Assert.False(channel.IsUsable);
            Assert.Throws<InvalidOperationException>(channel.Close);
            Assert.Throws<InvalidOperationException>(() => channel.Wrap([0x01, 0, 0]));
        }
    }

    [Fact]
    public void A_command_waits_for_the_response_before_it()
    {
        using var channel = Waiting();
        Assert.False(channel.IsUsable);
        Assert.Throws<InvalidOperationException>(() => channel.Wrap([0x01, 0, 0]));
    }

    [Fact]
    public void Session_keys_and_passwords_are_zeroed()
    {
        var keys = Keys(Get("default key"));
        keys.Dispose();
        Assert.Equal(new byte[16], keys.Encryption);
        Assert.Equal(new byte[16], keys.CommandMac);
        Assert.Equal(new byte[16], keys.ResponseMac);
    }

    private static Vector Get(string name) => Sessions.Single(s => s.Text("name") == name);

    private static SessionKeys Keys(Vector session)
    {
        using var credentials = Credentials.FromSecret((ushort)session.Int("authkey_id"), [.. session.Hex("k_enc"), .. session.Hex("k_mac")]);
        return SessionKeys.Derive(credentials, session.Hex("host_challenge"), session.Hex("card_challenge"));
    }

    private static SecureChannel Open(Vector session, uint firstMessage, out byte[] authenticate)
    {
        using var keys = Keys(session);
        var channel = new SecureChannel(keys, (byte)session.Int("session_id"), firstMessage);
        authenticate = channel.Authenticate();
        return channel;
    }

    /// <summary>The session that the negative vectors are for, its first command sent.</summary>
    private static SecureChannel Waiting()
    {
        var session = Get("default key");
        var channel = Open(session, 1, out _);
        channel.Wrap(session.All("messages")[0].Hex("inner_command"));
        return channel;
    }

    private static YubiHsmFailure? Unwrap(SecureChannel channel, byte[] response, out byte[] inner)
    {
        using var plain = new SecretBytes(response.Length);
        channel.TryUnwrap(response, plain.Span, out var bytes, out var failure);
        inner = bytes.ToArray();
        return failure;
    }
}
