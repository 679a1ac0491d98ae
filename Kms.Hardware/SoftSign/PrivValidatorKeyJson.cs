using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Kms.Core.Signing;
using Org.BouncyCastle.Crypto.Digests;

namespace Kms.Hardware.SoftSign;

/// <summary>Reads CometBFT's priv_validator_key.json (privval/file.go, FilePVKey; the types are those of libs/json). The secret never becomes a
/// string: the reader walks the bytes in place. Members it does not know are skipped, as old files carry the sign state too.</summary>
internal static class PrivValidatorKeyJson
{
    private const int AddressSize = 20;
    private const int MaxValueBytes = 256;

    /// <param name="json">The file.</param>
    /// <param name="wanted">What it must be a key of; null for what the file says.</param>
    /// <param name="secret">The key; null on failure.</param>
    /// <param name="error">What is wrong, to follow the name of the file.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> json, KeyAlgorithm? wanted, [NotNullWhen(true)] out KeySecret? secret, [NotNullWhen(false)] out string? error)
    {
        secret = null;
        var algorithm = KeyAlgorithm.Ed25519;
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

        error ??= Missing(fields) ?? WrongType(fields, wanted, out algorithm);
        if (error is not null) return false;

        if (!Base64Key.TryDecode(fields.Secret.Span[..fields.SecretLength], algorithm, out var candidate, out error))
        {
            error = $"has a priv_key whose value {error}";
            return false;
        }

        using var signer = candidate.Open();
        error = candidate.Span.Length == SoftSigner.SeedSize ? Mismatch(fields, signer) : "has a priv_key that is not a seed and its public key, as CometBFT writes it";
        if (error is null) secret = candidate;
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

    private static string? WrongType(Fields fields, KeyAlgorithm? wanted, out KeyAlgorithm algorithm)
    {
        algorithm = fields.SecretType == "tendermint/PrivKeySecp256k1" ? KeyAlgorithm.Secp256k1 : KeyAlgorithm.Ed25519;
        if (fields.SecretType is not ("tendermint/PrivKeyEd25519" or "tendermint/PrivKeySecp256k1"))
            return "holds a key of an unknown type; this signer knows tendermint/PrivKeyEd25519 and tendermint/PrivKeySecp256k1";
        if (wanted is null || wanted == algorithm) return null;
        return algorithm == KeyAlgorithm.Secp256k1
            ? "holds a secp256k1 key, not an Ed25519 one: it needs algorithm = \"secp256k1\""
            : "holds an Ed25519 key, not a secp256k1 one: it needs algorithm = \"ed25519\"";
    }

    private static string? Mismatch(Fields fields, IConsensusSigner signer)
    {
        System.Buffers.Text.Base64.EncodeToUtf8(signer.PublicKey.Span, fields.Expected, out _, out var length);
        if (!fields.Public.AsSpan(0, fields.PublicLength).SequenceEqual(fields.Expected.AsSpan(0, length)))
            return "has a pub_key that does not belong to its priv_key: it was edited or is damaged";

        return Convert.ToHexString(AddressOf(signer.PublicKey)).Equals(fields.Address, StringComparison.OrdinalIgnoreCase)
            ? null
            : "has an address that does not belong to its priv_key: it was edited or is damaged";
    }

    /// <summary>The address of a key (cometbft crypto/ed25519 and crypto/secp256k1, Address).</summary>
    private static byte[] AddressOf(PublicKey key)
    {
        var hash = SHA256.HashData(key.Span);
        if (key.Algorithm == KeyAlgorithm.Ed25519) return hash[..AddressSize];
        var digest = new RipeMD160Digest();
        digest.BlockUpdate(hash);
        var address = new byte[AddressSize];
        digest.DoFinal(address);
        return address;
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
