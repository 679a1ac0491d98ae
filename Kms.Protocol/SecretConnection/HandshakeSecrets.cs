using System.Security.Cryptography;
using NSec.Cryptography;

namespace Kms.Protocol.SecretConnection;

/// <summary>What both ends derive from their ephemeral keys (cometbft p2p/conn/secret_connection.go, MakeSecretConnection): one key
/// per direction and the challenge each signs with its identity.</summary>
internal sealed class HandshakeSecrets : IDisposable
{
    private const int KeySize = 32;

    private readonly byte[] _keys = GC.AllocateArray<byte>(3 * KeySize, pinned: true);
    private readonly bool _localIsLeast;

    private HandshakeSecrets(SharedSecret dhSecret, bool localIsLeast)
    {
        _localIsLeast = localIsLeast;
        KeyDerivationAlgorithm.HkdfSha256.DeriveBytes(
            dhSecret, default, "TENDERMINT_SECRET_CONNECTION_KEY_AND_CHALLENGE_GEN"u8, _keys);
    }

    /// <summary>Opens what the peer sends. The end with the lower ephemeral key takes the first half.</summary>
    public ReadOnlySpan<byte> ReceiveKey => _keys.AsSpan(_localIsLeast ? 0 : KeySize, KeySize);

    /// <summary>Seals what we send.</summary>
    public ReadOnlySpan<byte> SendKey => _keys.AsSpan(_localIsLeast ? KeySize : 0, KeySize);

    /// <summary>What both ends sign.</summary>
    public byte[] Challenge { get; private init; } = [];

    /// <summary>Derives the secrets; null when the peer's key is a low-order point, with which anyone could know the result.</summary>
    public static HandshakeSecrets? Derive(Key localEphemeral, ReadOnlySpan<byte> remoteEphemeral)
    {
        if (!NSec.Cryptography.PublicKey.TryImport(KeyAgreementAlgorithm.X25519, remoteEphemeral, KeyBlobFormat.RawPublicKey, out var remote)) return null;
        using var shared = KeyAgreementAlgorithm.X25519.Agree(
            localEphemeral, remote!, new SharedSecretCreationParameters { ExportPolicy = KeyExportPolicies.AllowPlaintextExport });
        if (shared is null) return null;

        var local = localEphemeral.PublicKey.Export(KeyBlobFormat.RawPublicKey);
        var localIsLeast = local.AsSpan().SequenceCompareTo(remoteEphemeral) <= 0;
        using var transcript = new MerlinTranscript("TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH");
        transcript.Append("EPHEMERAL_LOWER_PUBLIC_KEY", localIsLeast ? local : remoteEphemeral);
        transcript.Append("EPHEMERAL_UPPER_PUBLIC_KEY", localIsLeast ? remoteEphemeral : local);

        Span<byte> dhSecret = GC.AllocateArray<byte>(KeySize, pinned: true);
        try
        {
            if (!shared.TryExport(SharedSecretBlobFormat.RawSharedSecret, dhSecret, out _)) return null;
            transcript.Append("DH_SECRET", dhSecret);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dhSecret);
        }

        return new HandshakeSecrets(shared, localIsLeast) { Challenge = transcript.Challenge("SECRET_CONNECTION_MAC", 32) };
    }

    /// <summary>The keys alone, from a given secret: for test vectors.</summary>
    internal static HandshakeSecrets FromDhSecret(ReadOnlySpan<byte> dhSecret, bool localIsLeast)
    {
        using var shared = SharedSecret.Import(dhSecret, SharedSecretBlobFormat.RawSharedSecret);
        return new HandshakeSecrets(shared, localIsLeast);
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_keys);
}
