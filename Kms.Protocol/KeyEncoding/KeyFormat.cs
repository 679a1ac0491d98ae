using System.Diagnostics;
using Kms.Core.Signing;

namespace Kms.Protocol.KeyEncoding;

/// <summary>How public keys of a chain are printed (tmkms.toml, chain.key_format). Nothing is signed or decided by it.</summary>
public abstract record KeyFormat
{
    private KeyFormat() { }

    /// <summary>Bech32 of the amino encoding, as Cosmos SDK chains up to 0.42 print keys: <c>cosmosvalconspub1zcjduepq…</c>.</summary>
    /// <param name="AccountPrefix">Human-readable part of account keys.</param>
    /// <param name="ConsensusPrefix">Human-readable part of consensus keys.</param>
    public sealed record Bech32(string AccountPrefix, string ConsensusPrefix) : KeyFormat;

    /// <summary>The JSON that <c>tx staking create-validator</c> takes since Cosmos SDK 0.43.</summary>
    public sealed record CosmosJson : KeyFormat;

    /// <summary>Upper-case hexadecimal, as tmkms prints it.</summary>
    public sealed record Hex : KeyFormat;
}

/// <summary>Prints public keys. Pure.</summary>
public static class KeyFormatter
{
    // The amino prefixes of tendermint/PubKeyEd25519 and tendermint/PubKeySecp256k1 and the length that follows (tendermint
    // spec/blockchain/encoding.md).
    private static ReadOnlySpan<byte> AminoEd25519 => [0x16, 0x24, 0xDE, 0x64, 0x20];

    private static ReadOnlySpan<byte> AminoSecp256k1 => [0xEB, 0x5A, 0xE9, 0x87, 0x21];

    /// <summary>The text of <paramref name="key"/>, as tmkms prints it in "added consensus Ed25519 key: …".</summary>
    /// <param name="key">A consensus key.</param>
    /// <param name="format">The chain's form.</param>
    public static string Format(PublicKey key, KeyFormat format) => format switch
    {
        KeyFormat.Bech32 bech32 => Bech32.Encode(bech32.ConsensusPrefix, [.. key.Algorithm == KeyAlgorithm.Ed25519 ? AminoEd25519 : AminoSecp256k1, .. key.Span]),
        KeyFormat.CosmosJson => $$"""{"@type":"/cosmos.crypto.{{Name(key.Algorithm)}}.PubKey","key":"{{Convert.ToBase64String(key.Span)}}"}""",
        KeyFormat.Hex => Convert.ToHexString(key.Span),
        _ => throw new UnreachableException(),
    };

    /// <summary>The text of <paramref name="key"/>, as tmkms prints it in "added account ECDSA key: …": in bech32 it is the key's address.</summary>
    /// <param name="key">An account key.</param>
    /// <param name="format">The chain's form.</param>
    public static string FormatAccount(PublicKey key, KeyFormat format) =>
        format is KeyFormat.Bech32 bech32 ? Bech32.Encode(bech32.AccountPrefix, ConsensusAddress.Of(key).Span) : Format(key, format);

    /// <summary>What nodes, chains and tmkms.toml call an algorithm: ed25519, secp256k1.</summary>
    public static string Name(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Ed25519 => "ed25519",
        KeyAlgorithm.Secp256k1 => "secp256k1",
        _ => throw new UnreachableException(),
    };
}
