using System.Text;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>Two sessions of the vectors, one after the other: the first is lost in several ways.</summary>
public sealed class YubiHsmSessionTests : IDisposable
{
    private static readonly IReadOnlyList<Vector> Sessions = Vectors.Load("yubihsm/scp03_sessions").All("sessions");
    private static readonly Vector First = Sessions.Single(s => s.Text("name") == "default key");
    private static readonly Vector Second = Sessions.Single(s => s.Text("name").StartsWith("zero challenges", StringComparison.Ordinal));
    private static readonly EchoCommand Echo = new(Encoding.ASCII.GetBytes("Hello, world!"));
    private static readonly CancellationToken NoDeadline = CancellationToken.None;

    private readonly Credentials _credentials = Credentials.FromPassword(1, "password"u8);

    public static TheoryData<string, string?> Losses => new()
    {
        { "the device does not know the session", "7f000103" },
        { "the device could not verify the MAC", "7f000104" },
        { "the MAC of the response is wrong", "850019076d6e0fba2f08be37719dfd74f6d7c6607f0fafeb6d5e4370" },
        { "a cut frame", "8500" },
        { "nothing", "" },
        { "no answer", null },
    };

    public void Dispose() => _credentials.Dispose();

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_lost_session_is_opened_again_and_the_command_repeated(string what, string? reply)
    {
        Assert.NotEmpty(what);
        var wire = new ScriptedTransport([.. OpenAndList(), new(null, reply is null ? null : Convert.FromHexString(reply)), .. OpenAndEcho(reply)]);
        var session = Session(wire);
        Assert.NotNull((await session.SendAsync(new ListObjectsCommand(), NoDeadline)).Response);
        Assert.Equal(Echo.Data.ToArray(), (await session.SendAsync(Echo, NoDeadline)).Response!.Data.ToArray());
        Assert.Equal(0, wire.Left);
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_command_that_creates_is_not_repeated_and_the_next_one_opens_a_session(string what, string? reply)
    {
        Assert.NotEmpty(what);
        var wire = new ScriptedTransport([.. OpenAndList(), new(null, reply is null ? null : Convert.FromHexString(reply)), .. OpenAndEcho(reply)]);
        var session = Session(wire);
        await session.SendAsync(new ListObjectsCommand(), NoDeadline);
        var some = new NewObject(1, ObjectLabel.Empty, Domains.One, Capability.SignEddsa, Algorithm.Ed25519);
        var failure = (await session.SendAsync(new GenerateAsymmetricKeyCommand(some), NoDeadline)).Failure!;
        Assert.Equal(reply is null ? FailureCause.Transport : FailureCause.SessionLost, failure.Cause);
        Assert.Equal(4, wire.Sent.Count);
        Assert.NotNull((await session.SendAsync(Echo, NoDeadline)).Response);
        Assert.Equal(0, wire.Left);
    }

    [Fact]
    public async Task A_session_is_opened_again_only_once()
    {
        var wire = new ScriptedTransport([.. OpenAndList(), new(null, [0x7F, 0, 1, 3]), .. Open(Second), new(null, [0x7F, 0, 1, 3])]);
        var session = Session(wire);
        await session.SendAsync(new ListObjectsCommand(), NoDeadline);
        var failure = (await session.SendAsync(Echo, NoDeadline)).Failure!;
        Assert.Equal((FailureCause.SessionLost, DeviceError.InvalidSession), (failure.Cause, failure.Error));
        Assert.Equal(0, wire.Left);
    }

    [Fact]
    public async Task A_device_that_is_gone_is_asked_once_when_there_was_no_session()
    {
        var wire = new ScriptedTransport();
        var failure = (await Session(wire).SendAsync(Echo, NoDeadline)).Failure!;
        Assert.Equal((FailureCause.Transport, ScriptedTransport.Gone), (failure.Cause, failure.Reason));
        Assert.Single(wire.Sent);
    }

    [Fact]
    public async Task A_refusal_leaves_the_session_open()
    {
        var messages = First.All("messages");
        var wire = new ScriptedTransport([.. OpenAndList(), Exchange(messages[1]), Exchange(messages[2]), Exchange(messages[3])]);
        var session = Session(wire);
        await session.SendAsync(new ListObjectsCommand(), NoDeadline);
        var failure = (await session.SendAsync(new SignEddsaCommand(1, new byte[128]), NoDeadline)).Failure!;
        Assert.Equal((FailureCause.Refused, DeviceError.ObjectNotFound), (failure.Cause, failure.Error));
        foreach (var echo in messages.Skip(2).Take(2))
            Assert.NotNull((await session.SendAsync(new EchoCommand(echo.Hex("inner_command").AsMemory(3)), NoDeadline)).Response);
        Assert.Equal(0, wire.Left);
    }

    [Fact]
    public async Task Closing_tells_the_device_and_ends_all_commands()
    {
        var wire = new ScriptedTransport(OpenAndList());
        var session = Session(wire);
        await session.SendAsync(new ListObjectsCommand(), NoDeadline);
        await session.DisposeAsync();
        await session.DisposeAsync();
        Assert.Equal(4, wire.Sent.Count);
        Assert.Equal(Convert.FromHexString("05001907"), wire.Sent[3][..4]);
        Assert.Equal("the session is closed", (await session.SendAsync(Echo, NoDeadline)).Failure!.Reason);
        Assert.Equal(4, wire.Sent.Count);
    }

    [Fact]
    public async Task A_session_that_was_never_open_is_closed_without_a_word()
    {
        var wire = new ScriptedTransport();
        await Session(wire).DisposeAsync();
        Assert.Empty(wire.Sent);
    }

    [Theory]
    [InlineData("7f00010b", FailureCause.Credentials, "the device has no authentication key 0x0001")]
    [InlineData("7f000105", FailureCause.SessionLost, "CreateSession: all 16 sessions")]
    [InlineData("7f000106", FailureCause.SessionLost, "CreateSession: the device could not create a session")]
    [InlineData("830011078899aabbccddeeff90d7c070ef998c5f", FailureCause.Credentials, "authentication failed: the password of authentication key 0x0001")]
    [InlineData("830011108899aabbccddeeff90d7c070ef998c5e", FailureCause.SessionLost, "CreateSession: the device answered with 17 bytes")]
    [InlineData("830010078899aabbccddeeff90d7c070ef998c", FailureCause.SessionLost, "CreateSession: the device answered with 16 bytes")]
    [InlineData("84000f", FailureCause.SessionLost, "CreateSession: the device answered with a frame of 3 bytes")]
    [InlineData("840000", FailureCause.SessionLost, "CreateSession: the device answered with the answer to another command")]
    public async Task What_keeps_a_session_from_opening_is_said(string reply, FailureCause cause, string reason)
    {
        var wire = new ScriptedTransport(new ScriptedExchange(First.Hex("create_session_request"), Convert.FromHexString(reply)));
        var failure = (await Session(wire).SendAsync(Echo, NoDeadline)).Failure!;
        Assert.Equal(cause, failure.Cause);
        Assert.StartsWith(reason, failure.Reason, StringComparison.Ordinal);
        // A device that does not have the key gets something in place of our cryptogram, which ends its session.
        Assert.Equal(cause == FailureCause.Credentials && reply.StartsWith("83", StringComparison.Ordinal) ? 2 : 1, wire.Sent.Count);
        var ours = First.Hex("authenticate_session_request");
        Assert.All(wire.Sent.Skip(1), sent => Assert.Equal((Convert.ToHexString(ours, 0, 4), false), (Convert.ToHexString(sent, 0, 4), sent.AsSpan(4, 8).SequenceEqual(ours.AsSpan(4, 8)))));
    }

    [Fact]
    public async Task A_device_that_refuses_our_cryptogram_has_another_password()
    {
        var wire = new ScriptedTransport(OpenAndList()[0], new ScriptedExchange(null, [0x7F, 0, 1, 4]));
        var failure = (await Session(wire).SendAsync(Echo, NoDeadline)).Failure!;
        Assert.Equal((FailureCause.Credentials, DeviceError.AuthenticationFailed), (failure.Cause, failure.Error));
    }

    [Fact]
    public async Task A_late_command_is_not_sent()
    {
        var wire = new ScriptedTransport(OpenAndList());
        var failure = (await Session(wire).SendAsync(Echo, new CancellationToken(canceled: true))).Failure!;
        Assert.Equal(FailureCause.Transport, failure.Cause);
        Assert.Empty(wire.Sent);
    }

    // Yubico's tests: 2021 bytes of Echo and 2019 bytes of message fit into 2048.
    [Theory]
    [InlineData(2021, true)]
    [InlineData(2022, false)]
    public async Task What_does_not_fit_into_a_frame_is_not_sent(int size, bool fits)
    {
        var wire = new ScriptedTransport();
        var failure = (await Session(wire).SendAsync(new EchoCommand(new byte[size]), NoDeadline)).Failure!;
        Assert.Equal(fits ? FailureCause.Transport : FailureCause.Request, failure.Cause);
        Assert.Equal(fits ? 1 : 0, wire.Sent.Count);
        if (!fits) Assert.Contains("2022 bytes do not fit", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_are_sent_one_at_a_time()
    {
        var wire = new OneAtATime(new ScriptedTransport([.. OpenAndList(), .. First.All("messages").Skip(1).Take(2).Select(Exchange)]));
        var session = Session(wire);
        var list = session.SendAsync(new ListObjectsCommand(), NoDeadline).AsTask();
        var sign = session.SendAsync(new SignEddsaCommand(1, new byte[128]), NoDeadline).AsTask();
        var echo = session.SendAsync(new EchoCommand(First.All("messages")[2].Hex("inner_command").AsMemory(3)), NoDeadline).AsTask();
        Assert.NotNull((await list).Response);
        Assert.Equal(DeviceError.ObjectNotFound, (await sign).Failure!.Error);
        Assert.NotNull((await echo).Response);
    }

    [Fact]
    public async Task A_device_says_what_it_is_without_a_session()
    {
        var info = Vectors.Load("yubihsm/commands").All("commands").First(v => v.Text("command") == "GetDeviceInfo").Hex("response_data");
        var wire = new ScriptedTransport(new ScriptedExchange([6, 0, 0], [0x86, 0, (byte)info.Length, .. info]));
        Assert.Equal("0123456789", (await PlainExchange.GetDeviceInfoAsync(wire, NoDeadline)).Response!.Serial);
    }

    private static ScriptedExchange Exchange(Vector message) => new(message.Hex("session_message_request"), message.Hex("session_message_response"));

    private static ScriptedExchange[] OpenAndList() => [.. Open(First), Exchange(First.All("messages")[0])];

    /// <summary>The second session, and the end of the first in between: unless its loss was that the device does not have it any more.</summary>
    private static ScriptedExchange[] OpenAndEcho(string? loss) =>
    [
        .. Open(Second), .. loss?.StartsWith("7f", StringComparison.Ordinal) == true ? [] : new ScriptedExchange[] { new(null, [0x7F, 0, 1, 4]) },
        Exchange(Second.All("messages")[0]),
    ];

    private static ScriptedExchange[] Open(Vector session) =>
    [
        new(session.Hex("create_session_request"), session.Hex("create_session_response")),
        new(session.Hex("authenticate_session_request"), session.Hex("authenticate_session_response")),
    ];

    private YubiHsmSession Session(IYubiHsmTransport wire)
    {
        var challenges = new Queue<byte[]>([First.Hex("host_challenge"), Second.Hex("host_challenge")]);
        return new YubiHsmSession(wire, _credentials, challenges.Dequeue);
    }

    /// <summary>Gives way during each exchange, and does not bear a second one meanwhile.</summary>
    private sealed class OneAtATime(IYubiHsmTransport inner) : IYubiHsmTransport
    {
        private int _busy;

        public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
        {
            Assert.Equal(1, Interlocked.Increment(ref _busy));
            await Task.Yield();
            var reply = await inner.ExchangeAsync(frame, deadline);
            Interlocked.Decrement(ref _busy);
            return reply;
        }

        public void Dispose() => inner.Dispose();
    }
}
