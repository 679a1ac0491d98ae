using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Imports what <see cref="ExportWrappedCommand"/> exported.</summary>
/// <param name="WrapKeyId">The wrap key that it was exported under.</param>
/// <param name="Wrapped">Nonce, ciphertext, tag.</param>
public sealed record ImportWrappedCommand(ushort WrapKeyId, ReadOnlyMemory<byte> Wrapped) : ICommand<ImportWrappedResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.ImportWrapped;

    /// <inheritdoc/>
    public bool MayRepeat => false;

    /// <inheritdoc/>
    public int Size => 2 + Wrapped.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(WrapKeyId);
        writer.Bytes(Wrapped.Span);
    }
}

/// <summary>What was imported.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Id">Its id.</param>
public sealed record ImportWrappedResponse(ObjectType Type, ushort Id) : IResponse<ImportWrappedResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ImportWrappedResponse? response)
    {
        var reader = new ByteReader(data);
        var parsed = new ImportWrappedResponse((ObjectType)reader.Byte(), reader.UInt16());
        response = reader.Complete ? parsed : null;
        return response is not null;
    }
}
