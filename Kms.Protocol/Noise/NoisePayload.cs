using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Protobuf;
using Kms.Protocol.SecretConnection;
using Kms.Protocol.SignBytes;

namespace Kms.Protocol.Noise;

/// <summary>What binds a peer's static Noise key to its identity: libp2p's NoiseHandshakePayload (go-libp2p p2p/security/noise/pb/payload.proto),
/// with the identity key as 1, its signature over the static key as 2 and extensions as 4. Pure.</summary>
/// <remarks>go-libp2p sends empty extensions when, as in CometBFT, it offers no stream multiplexers, and takes a payload without any. We send none
/// and read none; other fields are skipped, as protobuf has it.</remarks>
internal static class NoisePayload
{
    /// <summary>Our payload, 104 bytes.</summary>
    /// <param name="identity">Who we are.</param>
    /// <param name="staticKey">Our static Noise key.</param>
    public static byte[] Encode(IdentityKey identity, ReadOnlySpan<byte> staticKey) => new ProtoWriter()
        .Bytes(1, PeerId.EncodeKey(identity.PublicKey))
        .Bytes(2, identity.Sign(Signed(staticKey)).Span)
        .Written.ToArray();

    /// <summary>Checks the peer's payload as go-libp2p does (p2p/security/noise/handshake.go, handleRemoteHandshakePayload): the identity must be
    /// the expected one and must have signed the static key of this handshake.</summary>
    /// <param name="payload">The decrypted payload.</param>
    /// <param name="remoteStatic">The peer's static Noise key.</param>
    /// <param name="expected">Who the peer has to be.</param>
    /// <returns>Null, or why the peer is refused.</returns>
    public static string? Refuse(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> remoteStatic, PeerId expected)
    {
        if (!TryDecode(payload, out var key, out var signature, out var error)) return error;
        var actual = PeerId.Of(key);
        if (actual != expected) return $"peer ID mismatch! (expected {expected}, got {actual})";
        return SignatureVerifier.Verify(key, Signed(remoteStatic), signature) ? null : "the peer could not prove its identity";
    }

    private static bool TryDecode(ReadOnlySpan<byte> payload,
        [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(true)] out Signature? signature, [NotNullWhen(false)] out string? error)
    {
        var keyBytes = default(ReadOnlySpan<byte>);
        var signatureBytes = default(ReadOnlySpan<byte>);
        var reader = new ProtoReader(payload);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: keyBytes = reader.Bytes(); break;
                case 2: signatureBytes = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        key = null;
        error = reader.Error;
        if (error is null && !PeerId.TryDecodeKey(keyBytes, out key)) error = "the peer's identity is not an Ed25519 key";
        if (error is null && signatureBytes.Length != Signature.Size) error = "the peer's proof of identity has the wrong size";
        signature = error is null ? new Signature(signatureBytes) : null;
        return error is null;
    }

    private static byte[] Signed(ReadOnlySpan<byte> staticKey) => [.. "noise-libp2p-static-key:"u8, .. staticKey];
}
