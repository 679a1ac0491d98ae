using System.Runtime.InteropServices;
using System.Text;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Protocol.SecretConnection;

namespace Kms.Hardware.Tests.SoftSign;

public sealed partial class SoftSignKeyFileTests : IDisposable
{
    private static readonly byte[] Seed = KeyVectors.Get("key-01").Seed;
    private static readonly string PublicKeyHex = KeyVectors.Get("key-01").PublicKeyHex;
    private static readonly string Json = KeyVectors.Get("key-01").PrivValidatorKeyJson;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(KeyVectors.Ed25519), MemberType = typeof(KeyVectors))]
    public void A_priv_validator_key_of_CometBFT_loads(string id)
    {
        var key = KeyVectors.Get(id);
        Assert.Equal(key.PublicKeyHex, Load(key.PrivValidatorKeyJson, SoftSignKeyFormat.Json));
    }

    [Theory]
    [MemberData(nameof(KeyVectors.Ed25519), MemberType = typeof(KeyVectors))]
    public void A_base64_seed_and_a_seed_with_its_public_key_load(string id)
    {
        var key = KeyVectors.Get(id);
        Assert.Equal(key.PublicKeyHex, Load(Convert.ToBase64String(key.Seed)));
        Assert.Equal(key.PublicKeyHex, Load(Convert.ToBase64String([.. key.Seed, .. Convert.FromHexString(key.PublicKeyHex)])));
    }

    [Theory]
    [MemberData(nameof(KeyVectors.Ed25519), MemberType = typeof(KeyVectors))]
    public void An_expanded_key_and_the_export_of_a_YubiHSM_load(string id)
    {
        var key = KeyVectors.Get(id);
        Assert.Equal(key.PublicKeyHex, Load(Convert.ToBase64String(ExpandedKeys.Of(key.Seed))));
        Assert.Equal(key.PublicKeyHex, Load(Convert.ToBase64String(ExpandedKeys.YubiHsmExportOf(key.Seed, key.PublicKeyHex))));
    }

    [Fact]
    public void What_has_no_seed_gives_none()
    {
        var path = _directory.Write("expanded.key", Convert.ToBase64String(YubiHsmExport()));
        Assert.False(SoftSignKeyFile.TryReadSeed(path, SoftSignKeyFormat.Base64, out var seed, out var error));
        Assert.Null(seed);
        Assert.Contains("holds an expanded secret key", error, StringComparison.Ordinal);
        Assert.True(SoftSignKeyFile.TryReadSecret(path, SoftSignKeyFormat.Base64, KeyAlgorithm.Ed25519, out var secret, out _));
        using (secret) Assert.Equal(ExpandedKeys.Of(Seed), secret.Span.ToArray());
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("  \t\n\n")]
    public void White_space_around_the_key_is_fine(string space)
    {
        Assert.Equal(PublicKeyHex, Load(space + Convert.ToBase64String(Seed) + space));
        Assert.Equal(PublicKeyHex, Load(space + Json + space, SoftSignKeyFormat.Json));
    }

    [Fact]
    public void A_key_file_that_older_versions_wrote_loads_with_its_further_members() =>
        Assert.Equal(PublicKeyHex, Load("""{"comment": [1, {"priv_key": 2}], "last_height": "0", """ + Json[1..], SoftSignKeyFormat.Json));

    [Fact]
    public void A_key_file_with_escaped_slashes_loads() =>
        Assert.Equal(PublicKeyHex, Load(Json.Replace("/", "\\/", StringComparison.Ordinal), SoftSignKeyFormat.Json));

    [Fact]
    public void The_seed_of_an_identity_key_is_read_by_the_same_code()
    {
        var path = _directory.Write("identity.key", Convert.ToBase64String(Seed));
        Assert.True(SoftSignKeyFile.TryReadSeed(path, SoftSignKeyFormat.Base64, out var seed, out _));
        using (seed)
        {
            using var identity = IdentityKey.FromSeed(seed.Span);
            Assert.Equal(PublicKeyHex, identity.PublicKey.ToString());
        }

        Assert.All(seed.Span.ToArray(), b => Assert.Equal(0, b));
    }

    public static TheoryData<string, string> BadBase64 => new()
    {
        { "hello, world", "is not base64" },
        { "AAAA", "has 3 bytes; an Ed25519 key has 32" },
        { Convert.ToBase64String(new byte[31]), "has 31 bytes" },
        { Convert.ToBase64String(new byte[33]), "has 33 bytes" },
        { Convert.ToHexString(Seed), "looks like hexadecimal" },
        { Convert.ToBase64String(Seed)[..^1], "is not base64" },
        { Convert.ToBase64String([.. Seed, .. new byte[32]]), "the second half is not the public key of the first" },
        { Convert.ToBase64String(Changed(ExpandedKeys.Of(Seed), 0)), "nor is the first a clamped scalar" },
        { Convert.ToBase64String(Changed(ExpandedKeys.Of(Seed), 31)), "nor is the first a clamped scalar" },
        { Convert.ToBase64String(Changed(YubiHsmExport(), 31)), "no scalar as a YubiHSM exports it" },
        { Convert.ToBase64String(Changed(YubiHsmExport(), 1)), "the last 32 are not the public key of the first" },
        { Convert.ToBase64String(Changed(YubiHsmExport(), 95)), "the last 32 are not the public key of the first" },
        { Convert.ToBase64String([.. ExpandedKeys.Of(Seed), .. Convert.FromHexString(PublicKeyHex)]), "no scalar as a YubiHSM exports it" },
        { Json, "key_format = \"json\"" },
        { "   \n", "has 0 bytes" },
    };

    [Theory]
    [MemberData(nameof(BadBase64))]
    public void A_bad_base64_file_is_refused_with_a_sentence(string content, string sentence) =>
        Assert.Contains(sentence, Refusal(_directory.Write("bad.key", content), SoftSignKeyFormat.Base64), StringComparison.Ordinal);

    public static TheoryData<string, string> BadJson => new()
    {
        { Convert.ToBase64String(Seed), "is not valid JSON" },
        { "[]", "is not a JSON object" },
        { "{}", "has no priv_key" },
        { Json[..^1], "is not valid JSON" },
        { Json + "x", "is not valid JSON" },
        { KeyVectors.Get("key-01").NodeKeyJson, "node_key.json" },
        { Json.Replace(GoForm(), Convert.ToBase64String(ExpandedKeys.Of(Seed)), StringComparison.Ordinal), "not a seed and its public key" },
        { KeyVectors.Get("key-13").PrivValidatorKeyJson, "secp256k1" },
        { Json.Replace("PrivKeyEd25519", "PrivKeySr25519", StringComparison.Ordinal), "unknown type; this signer knows tendermint/PrivKeyEd25519 and" },
        { Json.Replace("\"E8BC", "\"E8BD", StringComparison.Ordinal), "an address that does not belong" },
        { Json.Replace("WbVJ", "WbVK", StringComparison.Ordinal), "a pub_key that does not belong" },
        { Json.Replace("0dvx", "0dvy", StringComparison.Ordinal), "a priv_key whose value has 64 bytes, but the second half" },
        { Json.Replace("0dvx", "!dvx", StringComparison.Ordinal), "a priv_key whose value is not base64" },
        { Json.Replace("\"priv_key\": {", "\"priv_key\": {}, \"priv_key\": {", StringComparison.Ordinal), "a priv_key without type or value" },
        { Json.Replace("\"address\": ", "\"address\": 1, \"a\": ", StringComparison.Ordinal), "an address that is not a string" },
        { """{"priv_key": 1}""", "a priv_key that is not an object" },
        { """{"priv_key": {"type": 1}}""", "not a short string" },
        { "{\"priv_key\": {\"value\": \"" + new string('A', 300) + "\"}}", "not a short string" },
    };

    [Theory]
    [MemberData(nameof(BadJson))]
    public void A_bad_json_file_is_refused_with_a_sentence(string content, string sentence) =>
        Assert.Contains(sentence, Refusal(_directory.Write("bad.json", content), SoftSignKeyFormat.Json), StringComparison.Ordinal);

    [Fact]
    public void Json_that_is_not_UTF8_is_refused()
    {
        var json = Encoding.UTF8.GetBytes(Json);
        json[json.AsSpan().IndexOf("E8BC"u8)] = 0xFF;
        Assert.Contains("is not valid", Refusal(_directory.Write("bad.json", json), SoftSignKeyFormat.Json), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead, "640")]
    [InlineData(UnixFileMode.OtherRead, "604")]
    [InlineData(UnixFileMode.OtherWrite, "602")]
    [InlineData(UnixFileMode.GroupRead | UnixFileMode.OtherRead, "644")]
    public void A_file_that_others_may_open_is_refused_with_the_command_that_helps(UnixFileMode others, string mode)
    {
        var key = Encoding.ASCII.GetBytes(Convert.ToBase64String(Seed));
        var path = _directory.Write("open.key", key, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        Assert.Equal($"the key file {path} is open to others than its owner (mode {mode}): run `chmod 600 {path}`", Refusal(path));
    }

    [Fact]
    public void A_read_only_file_of_its_owner_is_fine()
    {
        var path = _directory.Write("ro.key", Encoding.ASCII.GetBytes(Convert.ToBase64String(Seed)), UnixFileMode.UserRead);
        Assert.True(SoftSignKeyFile.TryLoad(path, SoftSignKeyFormat.Base64, KeyAlgorithm.Ed25519, out var signer, out _));
        signer.Dispose();
    }

    [Fact]
    public void Files_that_cannot_be_key_files_are_refused_with_a_sentence()
    {
        var missing = Path.Combine(_directory.Path, "missing.key");
        Assert.Equal($"the key file {missing} does not exist", Refusal(missing));
        Assert.Contains("does not exist", Refusal(Path.Combine(_directory.Path, "no", "such.key")), StringComparison.Ordinal);
        Assert.Equal($"the key file {_directory.Path} is a directory", Refusal(_directory.Path));
        Assert.Contains("is empty", Refusal(_directory.Write("empty.key", "")), StringComparison.Ordinal);
        Assert.Contains("has 65537 bytes", Refusal(_directory.Write("big.key", new string('A', 65537))), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_regular_file_is_refused_and_not_waited_for()
    {
        var pipe = Path.Combine(_directory.Path, "pipe.key");
        Assert.Equal(0, MkFifo(pipe, 0x180));
        Assert.Contains("is a pipe, a socket or a device", Refusal(pipe), StringComparison.Ordinal);
        var link = Path.Combine(_directory.Path, "link.key");
        File.CreateSymbolicLink(link, pipe);
        Assert.Contains("is a pipe, a socket or a device", Refusal(link), StringComparison.Ordinal);
        Assert.Contains("is a pipe, a socket or a device", Refusal("/dev/zero"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_a_key_file_is_fine()
    {
        var link = Path.Combine(_directory.Path, "link.key");
        File.CreateSymbolicLink(link, _directory.Write("target.key", Convert.ToBase64String(Seed)));
        Assert.True(SoftSignKeyFile.TryLoad(link, SoftSignKeyFormat.Base64, KeyAlgorithm.Ed25519, out var signer, out var error), error);
        signer.Dispose();
    }

    [Fact]
    public void An_unreadable_file_is_refused_with_a_sentence()
    {
        // The superuser may read everything, so for it the file is only empty of rights, not unreadable.
        var path = _directory.Write("secret.key", Encoding.ASCII.GetBytes(Convert.ToBase64String(Seed)), UnixFileMode.None);
        var loaded = SoftSignKeyFile.TryLoad(path, SoftSignKeyFormat.Base64, KeyAlgorithm.Ed25519, out var signer, out var error);
        signer?.Dispose();
        Assert.Equal(Environment.IsPrivilegedProcess, loaded);
        if (!loaded) Assert.Contains("cannot be read by this user", error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_refusal_shows_the_secret()
    {
        var secret = Convert.ToBase64String(Seed);
        foreach (var content in new[] { secret + "!", secret[..40], Json.Replace("WbVJ", "WbVK", StringComparison.Ordinal) })
        {
            foreach (var format in Enum.GetValues<SoftSignKeyFormat>())
                Assert.DoesNotContain(secret[..8], Refusal(_directory.Write("x.key", content), format), StringComparison.Ordinal);
        }
    }

    private static string GoForm() => Convert.ToBase64String([.. Seed, .. Convert.FromHexString(PublicKeyHex)]);

    private static byte[] YubiHsmExport() => ExpandedKeys.YubiHsmExportOf(Seed, PublicKeyHex);

    private static byte[] Changed(byte[] key, int at)
    {
        key[at] ^= 0x81;
        return key;
    }

    private string Load(string content, SoftSignKeyFormat format = SoftSignKeyFormat.Base64)
    {
        var path = _directory.Write("good.key", content);
        Assert.True(SoftSignKeyFile.TryLoad(path, format, KeyAlgorithm.Ed25519, out var signer, out var error), error);
        using (signer) return signer.PublicKey.ToString();
    }

    private static string Refusal(string path, SoftSignKeyFormat format = SoftSignKeyFormat.Base64)
    {
        Assert.False(SoftSignKeyFile.TryLoad(path, format, KeyAlgorithm.Ed25519, out var signer, out var error));
        Assert.Null(signer);
        Assert.Contains(path, error, StringComparison.Ordinal);
        return error;
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MkFifo(string path, uint mode);
}
