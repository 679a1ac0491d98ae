using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Testing;

namespace Kms.Hardware.Tests.SoftSign;

/// <summary>Files of secp256k1 keys: base64 as tmkms writes account keys, and CometBFT's JSON.</summary>
public sealed class Secp256k1KeyFileTests : IDisposable
{
    private static readonly KeyVector Key = KeyVectors.Get("key-13");
    private static readonly string Base64 = Convert.ToBase64String(Key.Secret);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(KeyVectors.Secp256k1), MemberType = typeof(KeyVectors))]
    public void A_key_of_CometBFT_loads_in_both_forms(string id)
    {
        var key = KeyVectors.Get(id);
        Assert.Equal(key.PublicKeyHex, Load(key.PrivValidatorKeyJson, SoftSignKeyFormat.Json, KeyAlgorithm.Secp256k1));
        Assert.Equal(key.PublicKeyHex, Load(key.PrivValidatorKeyJson, SoftSignKeyFormat.Json, null));
        Assert.Equal(key.PublicKeyHex, Load(Convert.ToBase64String(key.Secret), SoftSignKeyFormat.Base64, KeyAlgorithm.Secp256k1));
    }

    /// <summary>The key file of which tmkms 0.15 says "added account ECDSA key" is 32 bytes of base64, as that of an Ed25519 seed.</summary>
    [Fact]
    public void Base_64_does_not_tell_and_is_Ed25519_unless_told_otherwise() =>
        Assert.NotEqual(Key.PublicKeyHex, Load(Base64, SoftSignKeyFormat.Base64, null));

    public static TheoryData<string, SoftSignKeyFormat, KeyAlgorithm?, string> Bad => new()
    {
        { Convert.ToBase64String(new byte[32]), SoftSignKeyFormat.Base64, KeyAlgorithm.Secp256k1, "is not a secp256k1 key: it is zero" },
        { Convert.ToBase64String(OpenSslSecp256k1.Bytes(OpenSslSecp256k1.Order)), SoftSignKeyFormat.Base64, KeyAlgorithm.Secp256k1, "not below the order" },
        { Convert.ToBase64String(new byte[33]), SoftSignKeyFormat.Base64, KeyAlgorithm.Secp256k1, "has 33 bytes; a secp256k1 key has 32" },
        { Convert.ToBase64String(new byte[64]), SoftSignKeyFormat.Base64, KeyAlgorithm.Secp256k1, "has 64 bytes; a secp256k1 key has 32" },
        { Convert.ToHexString(Key.Secret), SoftSignKeyFormat.Base64, KeyAlgorithm.Secp256k1, "looks like hexadecimal" },
        { Key.PrivValidatorKeyJson, SoftSignKeyFormat.Json, KeyAlgorithm.Ed25519, "holds a secp256k1 key, not an Ed25519 one" },
        { KeyVectors.Get("key-01").PrivValidatorKeyJson, SoftSignKeyFormat.Json, KeyAlgorithm.Secp256k1, "holds an Ed25519 key, not a secp256k1 one" },
        { Key.PrivValidatorKeyJson.Replace("\"C5BB", "\"C5BC", StringComparison.Ordinal), SoftSignKeyFormat.Json, null, "an address that does not belong" },
        { Key.PrivValidatorKeyJson.Replace("Aw3D", "Aw3E", StringComparison.Ordinal), SoftSignKeyFormat.Json, null, "a pub_key that does not belong" },
        { Key.PrivValidatorKeyJson.Replace("PrivKeySecp256k1", "PrivKeyEd25519", StringComparison.Ordinal), SoftSignKeyFormat.Json, null, "does not belong" },
        { Key.NodeKeyJson, SoftSignKeyFormat.Json, null, "node_key.json" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_is_not_such_a_key_is_refused_with_a_sentence(string content, SoftSignKeyFormat format, KeyAlgorithm? algorithm, string sentence)
    {
        var path = _directory.Write("bad.key", content);
        Assert.False(SoftSignKeyFile.TryLoad(path, format, algorithm, out _, out var error));
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.StartsWith($"the key file {path} ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Base64[..8], error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_generated_key_is_base64_of_32_bytes_and_loads_again()
    {
        var path = Path.Combine(_directory.Path, "new.key");
        Assert.True(KeyFiles.Generate(path, KeyAlgorithm.Secp256k1, out var publicKey, out var error), error);
        Assert.Equal(44, File.ReadAllText(path).Length);
        Assert.Equal(OpenSslSecp256k1.PublicKey(Convert.FromBase64String(File.ReadAllText(path))), publicKey.Span.ToArray());
        Assert.True(SoftSignKeyFile.TryLoad(path, SoftSignKeyFormat.Base64, KeyAlgorithm.Secp256k1, out var signer, out _));
        using (signer) Assert.Equal(publicKey, signer.PublicKey);
    }

    private string Load(string content, SoftSignKeyFormat format, KeyAlgorithm? algorithm)
    {
        Assert.True(SoftSignKeyFile.TryLoad(_directory.Write("good.key", content), format, algorithm, out var signer, out var error), error);
        using (signer) return signer.PublicKey.ToString();
    }
}
