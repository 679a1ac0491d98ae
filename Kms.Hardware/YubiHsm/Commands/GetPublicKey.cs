using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Asks for the public key of an asymmetric key. Needs no capability.</summary>
/// <param name="KeyId">The key.</param>
public sealed record GetPublicKeyCommand(ushort KeyId) : ICommand<GetPublicKeyResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GetPublicKey;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 2;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(KeyId);
    }
}

/// <summary>A public key as the device holds it.</summary>
/// <param name="Algorithm">What it is a key of.</param>
/// <param name="Key">Ed25519: 32 bytes; elliptic curves: X‖Y; RSA: the modulus.</param>
public sealed record GetPublicKeyResponse(Algorithm Algorithm, ReadOnlyMemory<byte> Key) : IResponse<GetPublicKeyResponse>
{
    /// <summary>The key as a consensus key; null when it is none.</summary>
    /// <remarks>A secp256k1 key is compressed (SEC 1, section 2.3.3) and has to be a point of the curve.</remarks>
    public PublicKey? ToPublicKey() => (Algorithm, Key.Length) switch
    {
        (Algorithm.Ed25519, 32) => new PublicKey(KeyAlgorithm.Ed25519, Key.Span),
        (Algorithm.Secp256k1, 64) => Secp256k1Encoding.Compress(Key.Span),
        _ => null,
    };

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetPublicKeyResponse? response)
    {
        var reader = new ByteReader(data);
        var parsed = new GetPublicKeyResponse((Algorithm)reader.Byte(), reader.Rest().ToArray());
        response = reader.Complete ? parsed : null;
        return response is not null;
    }
}
