using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Exports an object encrypted under a wrap key. Needs export-wrapped of the authentication key and the wrap key,
/// exportable-under-wrap of the object.</summary>
/// <param name="WrapKeyId">The wrap key.</param>
/// <param name="Type">The type of the object.</param>
/// <param name="Id">Its id.</param>
public sealed record ExportWrappedCommand(ushort WrapKeyId, ObjectType Type, ushort Id) : ICommand<ExportWrappedResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.ExportWrapped;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 5;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(WrapKeyId);
        writer.Byte((byte)Type);
        writer.UInt16(Id);
    }
}

/// <summary>An object as only the wrap key can open it.</summary>
/// <param name="Wrapped">Nonce (13 bytes), ciphertext, tag (16 bytes) of AES-CCM.</param>
public sealed record ExportWrappedResponse(ReadOnlyMemory<byte> Wrapped) : IResponse<ExportWrappedResponse>
{
    private const int MinSize = 13 + 16;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ExportWrappedResponse? response)
    {
        response = data.Length > MinSize ? new ExportWrappedResponse(data.ToArray()) : null;
        return response is not null;
    }
}
