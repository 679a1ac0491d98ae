using System.Text;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Setup;
using Kms.Testing;

namespace Kms.Hardware.Tests.YubiHsm;

public sealed class SetupTests
{
    private static readonly Vector Derivation = Vectors.Load("yubihsm/tmkms_derivation");

    public static TheoryData<string> Phrases => [.. Derivation.All("phrases").Select(p => p.Text("mnemonic"))];

    [Theory]
    [MemberData(nameof(Phrases))]
    public void All_secrets_are_those_that_tmkms_derives(string phrase)
    {
        var vector = Derivation.All("phrases").Single(p => p.Text("mnemonic") == phrase);
        using var mnemonic = Parse(phrase);
        Assert.Equal(vector.Hex("entropy"), mnemonic.Entropy);
        Assert.Equal(phrase, Text(mnemonic.ToPhrase()));
        Assert.Equal(vector.Hex("wrap_0x0001"), Bytes(SetupSecrets.WrapKey(mnemonic)));
        Assert.Equal(vector.Hex("admin_authkey"), Bytes(SetupSecrets.AuthenticationKey(mnemonic, Role.Admin)));
        Assert.Equal(phrase, Text(SetupSecrets.Password(mnemonic, Role.Admin)));
        foreach (var role in new[] { Role.Operator, Role.Auditor, Role.Validator })
        {
            var expected = vector.In("roles").In(role.Name);
            Assert.Equal(expected.Text("password"), Text(SetupSecrets.Password(mnemonic, role)));
            Assert.Equal(expected.Hex("authkey"), Bytes(SetupSecrets.AuthenticationKey(mnemonic, role)));
        }
    }

    [Fact]
    public void A_new_phrase_is_made_of_both_sources()
    {
        var vector = Derivation.In("hkdf_phrase");
        var ikm = vector.Hex("ikm_64_bytes");
        using var mnemonic = Mnemonic.Create(ikm.AsSpan(0, 32), ikm.AsSpan(32));
        Assert.Equal(vector.Hex("okm"), mnemonic.Entropy);
        Assert.Equal(vector.Text("phrase"), Text(mnemonic.ToPhrase()));
    }

    [Fact]
    public void A_phrase_is_read_with_any_white_space()
    {
        var phrase = Derivation.All("phrases")[0].Text("mnemonic");
        using var mnemonic = Parse($"\t {phrase.Replace(" ", " \r\n ", StringComparison.Ordinal)}\n");
        Assert.Equal(phrase, Text(mnemonic.ToPhrase()));
    }

    [Fact]
    public void Any_entropy_survives_being_written_as_words()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var i = 0; i < 200; i++)
        {
            var entropy = new byte[Mnemonic.EntropySize];
            random.NextBytes(entropy);
            using var written = Mnemonic.FromEntropy(entropy);
            using var read = Parse(Text(written.ToPhrase()));
            Assert.True(read.Entropy.SequenceEqual(entropy), $"seed {seed}, entropy {Convert.ToHexString(entropy)}");
        }
    }

    [Fact]
    public void What_is_no_phrase_is_refused_with_the_place_and_without_the_word()
    {
        var words = Derivation.All("phrases")[0].Text("mnemonic").Split(' ');
        Assert.Equal("the phrase has 0 words instead of 24: all of them belong in one line", Error(""));
        Assert.Equal("the phrase has 23 words instead of 24: all of them belong in one line", Error(string.Join(' ', words[..23])));
        Assert.Equal("the phrase has more than 24 words", Error(string.Join(' ', [.. words, "zoo"])));
        const string NotListed = "is not in the list of BIP-39: see its spelling, in lower case";
        Assert.Equal($"word 7 {NotListed}", Error(string.Join(' ', words.Select((w, i) => i == 6 ? "sekret" : w))));
        Assert.Equal($"word 1 {NotListed}", Error(string.Join(' ', words).ToUpperInvariant()));
        Assert.StartsWith("the checksum", Error(string.Join(' ', words.Reverse())), StringComparison.Ordinal);
        // 256 values of the checksum: none but one of these can be right.
        var others = Enumerable.Range(0, 24).Count(i => Mnemonic.TryParse(string.Join(' ', words.Select((w, at) => at == i ? "zoo" : w)), out _, out _));
        Assert.True(others <= 3, $"{others} phrases with one other word");
    }

    [Fact]
    public void The_objects_of_a_set_up_device_are_those_that_tmkms_puts_there()
    {
        var sessions = Vectors.Load("yubihsm/recorded_tmkms_setup_and_keys").All("sessions");
        var recorded = sessions.SelectMany(s => s.All("inner")).Select(i => i.Hex("command")).ToList();
        using var mnemonic = Parse(Derivation.All("phrases")[1].Text("mnemonic"));
        foreach (var role in Role.Every)
        {
            using var secret = SetupSecrets.AuthenticationKey(mnemonic, role);
            var expected = recorded.First(c => c[0] == 0x44 && c[3] == 0 && c[4] == role.KeyId)[3..];
            Assert.Equal(expected, Commands.Write(SetupCommands.PutRole(role, Time(expected), secret.Memory)));
        }

        using var wrap = SetupSecrets.WrapKey(mnemonic);
        var wrapKey = recorded.First(c => c[0] == 0x4C)[3..];
        Assert.Equal(wrapKey, Commands.Write(SetupCommands.PutWrapKey(Time(wrapKey), wrap.Memory)));
        var temporary = recorded.First(c => c[0] == 0x44)[3..];
        Assert.Equal(temporary, Commands.Write(SetupCommands.PutTemporaryKey(temporary.AsMemory(temporary.Length - 32))));
        var report = recorded.First(c => c[0] == 0x42)[3..];
        Assert.Equal(report, Commands.Write(SetupCommands.PutReport(report.AsMemory(53))));
    }

    [Fact]
    public void The_report_is_that_of_tmkms()
    {
        var time = new DateTimeOffset(2026, 11, 22, 15, 25, 2, TimeSpan.FromHours(1)).AddTicks(1539024);
        var report = new SetupReport(new Guid("447648b1-9040-4fd8-ae8e-9c16f7cded5e"), "0123456789", null, "Ω\"", time, "yubihsm 0.42.1");
        Assert.Equal(
            """{"version":1,"uuid":"447648b1-9040-4fd8-ae8e-9c16f7cded5e","device_serial_number":"0123456789","hostname":null,"username":"Ω\"","date":"""
            + """[2026,326,14,25,2,153902400,0,0,0],"software":"yubihsm 0.42.1"}""",
            Encoding.UTF8.GetString(report.ToJson()));
    }

    /// <summary>What follows the colon in the label.</summary>
    private static string Time(byte[] put)
    {
        var label = Encoding.ASCII.GetString(put[2..42]).TrimEnd('\0');
        return label[(label.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    private static Mnemonic Parse(string phrase)
    {
        Assert.True(Mnemonic.TryParse(phrase, out var mnemonic, out var error), error);
        return mnemonic!;
    }

    private static string Error(string phrase)
    {
        Assert.False(Mnemonic.TryParse(phrase, out _, out var error));
        return error!;
    }

    private static byte[] Bytes(SecretBytes secret)
    {
        using (secret) return secret.Span.ToArray();
    }

    private static string Text(SecretBytes secret) => Encoding.UTF8.GetString(Bytes(secret));
}
