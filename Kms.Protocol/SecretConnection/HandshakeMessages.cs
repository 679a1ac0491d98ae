using Kms.Core.Signing;
using Kms.Protocol.Protobuf;

namespace Kms.Protocol.SecretConnection;

/// <summary>The two messages of the handshake: the ephemeral key (google.protobuf.BytesValue) and the proof of identity
/// (tendermint.p2p.AuthSigMessage), both length-delimited. Pure.</summary>
internal static class HandshakeMessages
{
    /// <summary>Largest handshake message in bytes; the real ones have 34 and about 102.</summary>
    public const int MaxSize = 1024;

    private const int EphemeralSize = 32;

    public static byte[] EncodeEphemeral(ReadOnlySpan<byte> key) => new ProtoWriter().Bytes(1, key).ToDelimited();

    /// <summary>A key of another length is padded or cut to 32 bytes, as Go does: a wrong one then fails the proof of identity.</summary>
    public static bool TryDecodeEphemeral(ReadOnlySpan<byte> body, Span<byte> key, out string? error)
    {
        var value = default(ReadOnlySpan<byte>);
        var reader = new ProtoReader(body);
        while (reader.Next())
        {
            if (reader.Field == 1) value = reader.Bytes();
            else reader.Skip();
        }

        key.Clear();
        value[..Math.Min(value.Length, EphemeralSize)].CopyTo(key);
        error = reader.Error;
        return error is null;
    }

    public static byte[] EncodeAuth(PublicKey key, Signature signature)
    {
        var writer = new ProtoWriter();
        var publicKey = writer.Begin(1);
        writer.Bytes(1, key.Span);
        writer.End(publicKey);
        return writer.Bytes(2, signature.Span).ToDelimited();
    }

    public static bool TryDecodeAuth(ReadOnlySpan<byte> body, out PublicKey? key, out Signature? signature, out string? error)
    {
        key = null;
        signature = null;
        var reader = new ProtoReader(body);
        var keyBytes = default(ReadOnlySpan<byte>);
        var signatureBytes = default(ReadOnlySpan<byte>);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: keyBytes = Ed25519Of(ref reader); break;
                case 2: signatureBytes = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        error = reader.Error;
        if (error is null && keyBytes.Length != 32) error = "the peer's identity is not an Ed25519 key";
        if (error is null && signatureBytes.Length != Signature.Size) error = "the peer's proof of identity has the wrong size";
        if (error is not null) return false;
        key = new PublicKey(KeyAlgorithm.Ed25519, keyBytes);
        signature = new Signature(signatureBytes);
        return true;
    }

    // tendermint.crypto.PublicKey: a oneof, of which the last member counts.
    private static ReadOnlySpan<byte> Ed25519Of(scoped ref ProtoReader outer)
    {
        var ed25519 = default(ReadOnlySpan<byte>);
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            if (reader.Field == 1) ed25519 = reader.Bytes();
            else
            {
                if (reader.Field == 2) ed25519 = default;
                reader.Skip();
            }
        }

        outer.Fail(reader.Error);
        return ed25519;
    }
}
