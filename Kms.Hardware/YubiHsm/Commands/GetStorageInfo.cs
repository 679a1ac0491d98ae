using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Asks how much room there is.</summary>
public sealed record GetStorageInfoCommand : ICommand<GetStorageInfoResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GetStorageInfo;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 0;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
    }
}

/// <summary>The room for objects.</summary>
/// <param name="TotalRecords">Objects that fit.</param>
/// <param name="FreeRecords">Objects that still fit.</param>
/// <param name="TotalPages">Pages of storage.</param>
/// <param name="FreePages">Pages that are free.</param>
/// <param name="PageSize">Bytes in a page.</param>
public sealed record GetStorageInfoResponse(ushort TotalRecords, ushort FreeRecords, ushort TotalPages, ushort FreePages, ushort PageSize)
    : IResponse<GetStorageInfoResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetStorageInfoResponse? response)
    {
        var reader = new ByteReader(data);
        var parsed = new GetStorageInfoResponse(reader.UInt16(), reader.UInt16(), reader.UInt16(), reader.UInt16(), reader.UInt16());
        response = reader.Complete ? parsed : null;
        return response is not null;
    }
}
