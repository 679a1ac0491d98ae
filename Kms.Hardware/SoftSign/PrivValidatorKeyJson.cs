using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Kms.Core.Signing;

namespace Kms.Hardware.SoftSign;

/// <summary>Reads CometBFT's priv_validator_key.json (privval/file.go, FilePVKey; the types are those of libs/json). The secret never becomes a
/// string: the reader walks the bytes in place. Members it does not know are skipped, as old files carry the sign state too.</summary>
internal static class PrivValidatorKeyJson
{
    private const int AddressSize = 20;
    private const int MaxValueBytes = 256;

    public static bool TryDecode(ReadOnlySpan<byte> json, [NotNullWhen(true)] out SecretBytes? seed, [NotNullWhen(false)] out string? error)
    {
        seed = null;
        using var fields = new Fields();
        try
        {
            error = Read(json, fields);
        }
        catch (JsonException e)
        {
            error = $"is not valid JSON (line {(e.LineNumber ?? 0) + 1}); a base64 key file needs key_format = \"base64\"";
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for a string that is not UTF-8.
            error = "is not valid UTF-8";
        }

        error ??= Missing(fields) ?? WrongType(fields);
        if (error is not null) return false;

        if (!Base64Key.TryDecode(fields.Secret.Span[..fields.SecretLength], out var candidate, out error))
        {
            error = $"has a priv_key whose value {error}";
            return false;
        }

        using var signer = SoftSignKeyFile.Open(candidate.Span);
        error = candidate.Span.Length == SoftSigner.SeedSize ? Mismatch(fields, signer) : "has a priv_key that is not a seed and its public key, as CometBFT writes it";
        if (error is null) seed = candidate;
        else candidate.Dispose();
        return error is null;
    }

    private static string? Read(ReadOnlySpan<byte> json, Fields fields)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return "is not a JSON object";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("priv_key"u8))
            {
                if (fields.SecretType is not null) return "has two priv_key members";
                var wrong = ReadKey(ref reader, fields.Secret.Span, out fields.SecretType, out fields.SecretLength);
                if (wrong is not null) return $"has a priv_key {wrong}";
            }
            else if (reader.ValueTextEquals("pub_key"u8))
            {
                if (ReadKey(ref reader, fields.Public, out _, out fields.PublicLength) is { } wrong) return $"has a pub_key {wrong}";
            }
            else if (reader.ValueTextEquals("address"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.String) return "has an address that is not a string";
                fields.Address = reader.GetString();
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        // Reading on past the object finds trailing garbage, which throws.
        while (reader.Read()) { }
        return null;
    }

    /// <summary>Reads <c>{"type": …, "value": …}</c>; the value is copied as the bytes of its text.</summary>
    private static string? ReadKey(ref Utf8JsonReader reader, Span<byte> value, out string? type, out int length)
    {
        type = null;
        length = 0;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) return "that is not an object";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isValue = reader.ValueTextEquals("value"u8);
            reader.Read();
            if (!isType && !isValue) reader.Skip();
            else if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > MaxValueBytes)
                return "with a type or value that is not a short string";
            else if (isType) type = reader.GetString();
            else length = reader.CopyString(value);
        }

        return type is null || length == 0 ? "without type or value" : null;
    }

    private static string? Missing(Fields fields) => fields switch
    {
        { SecretType: null } => "has no priv_key: priv_validator_state.json and genesis.json have none either",
        { Address: null } or { PublicLength: 0 } =>
            "has no address or no pub_key: this looks like node_key.json, the node's network identity, and not like priv_validator_key.json",
        _ => null,
    };

    private static string? WrongType(Fields fields) => fields.SecretType switch
    {
        "tendermint/PrivKeyEd25519" => null,
        "tendermint/PrivKeySecp256k1" => "holds a secp256k1 key; this signer signs with Ed25519 consensus keys",
        _ => "holds a key of an unknown type; tendermint/PrivKeyEd25519 is what CometBFT writes",
    };

    private static string? Mismatch(Fields fields, IConsensusSigner signer)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        System.Buffers.Text.Base64.EncodeToUtf8(signer.PublicKey.Span, fields.Expected, out _, out var length);
        if (!fields.Public.AsSpan(0, fields.PublicLength).SequenceEqual(fields.Expected.AsSpan(0, length)))
            return "has a pub_key that does not belong to its priv_key: it was edited or is damaged";

        SHA256.HashData(signer.PublicKey.Span, expected);
        return Convert.ToHexString(expected[..AddressSize]).Equals(fields.Address, StringComparison.OrdinalIgnoreCase)
            ? null
            : "has an address that does not belong to its priv_key: it was edited or is damaged";
    }

    /// <summary>What was found; only <see cref="Secret"/> is secret.</summary>
    private sealed class Fields : IDisposable
    {
        public readonly SecretBytes Secret = new(MaxValueBytes);
        public readonly byte[] Public = new byte[MaxValueBytes];
        public readonly byte[] Expected = new byte[MaxValueBytes];
        public int SecretLength;
        public int PublicLength;
        public string? SecretType;
        public string? Address;

        public void Dispose() => Secret.Dispose();
    }
}
