using System.IO.Compression;
using System.Text.Json;

namespace Kms.Hardware.Tests.SoftSign;

/// <summary>Key files as CometBFT v0.38.25 writes them (privval/file.go, p2p/key.go).</summary>
public static class KeyVectors
{
    public static IReadOnlyList<KeyVector> All { get; } = Read();

    public static TheoryData<string> Ed25519 => [.. All.Where(k => k.Type == "ed25519").Select(k => k.Id)];

    public static TheoryData<string> Secp256k1 => [.. All.Where(k => k.Type == "secp256k1").Select(k => k.Id)];

    public static KeyVector Get(string id) => All.Single(k => k.Id == id);

    private static List<KeyVector> Read()
    {
        using var resource = typeof(KeyVectors).Assembly.GetManifestResourceStream("priv_validator_keys.json.gz")!;
        using var json = JsonDocument.Parse(new GZipStream(resource, CompressionMode.Decompress));
        return [.. json.RootElement.GetProperty("keys").EnumerateArray().Select(k => new KeyVector(
            Text(k, "id"), Text(k, "type"), Convert.FromHexString(Text(k, "seed")), Text(k, "pub_key_bytes"),
            Text(k, "priv_validator_key_json"), Text(k, "node_key_json")))];
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}

/// <summary>One key with the files the reference writes for it.</summary>
public sealed record KeyVector(string Id, string Type, byte[] Seed, string PublicKeyHex, string PrivValidatorKeyJson, string NodeKeyJson)
{
    /// <summary>What CometBFT writes as priv_key: of a secp256k1 key it is not the seed.</summary>
    public byte[] Secret
    {
        get
        {
            using var json = JsonDocument.Parse(PrivValidatorKeyJson);
            return json.RootElement.GetProperty("priv_key").GetProperty("value").GetBytesFromBase64();
        }
    }
}
