using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Signs a message with an Ed25519 key (RFC 8032, not prehashed). The message may be empty, as that of a vote extension without data: Yubico's own
/// tests of the device sign the first vector of RFC 8032, which is the empty message. Needs sign-eddsa of the authentication key and of the key.</summary>
/// <param name="KeyId">The key.</param>
/// <param name="Message">The whole message: at most 2019 bytes fit into a frame of 2048.</param>
public sealed record SignEddsaCommand(ushort KeyId, ReadOnlyMemory<byte> Message) : ICommand<SignEddsaResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.SignEddsa;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 2 + Message.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(KeyId);
        writer.Bytes(Message.Span);
    }
}

/// <summary>R‖S.</summary>
/// <param name="Signature">64 bytes.</param>
public sealed record SignEddsaResponse(Signature Signature) : IResponse<SignEddsaResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out SignEddsaResponse? response)
    {
        response = data.Length == Signature.Size ? new SignEddsaResponse(new Signature(data)) : null;
        return response is not null;
    }
}
