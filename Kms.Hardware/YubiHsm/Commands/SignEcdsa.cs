using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Signs a digest with an ECDSA key. The device does not hash. Needs sign-ecdsa of the authentication key and of the key.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Digest">32 bytes of SHA-256 for secp256k1.</param>
public sealed record SignEcdsaCommand(ushort KeyId, ReadOnlyMemory<byte> Digest) : ICommand<SignEcdsaResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.SignEcdsa;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 2 + Digest.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(KeyId);
        writer.Bytes(Digest.Span);
    }
}

/// <summary>A signature of a secp256k1 key.</summary>
/// <param name="Signature">r‖s with s in the lower half: the device leaves it as it came, and CometBFT and Cosmos want the lower.</param>
public sealed record SignEcdsaResponse(Signature Signature) : IResponse<SignEcdsaResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out SignEcdsaResponse? response)
    {
        response = Secp256k1Encoding.TryReadSignature(data) is { } signature ? new SignEcdsaResponse(signature) : null;
        return response is not null;
    }
}
