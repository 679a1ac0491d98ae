using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Reads stored bytes.</summary>
/// <param name="Id">The object.</param>
public sealed record GetOpaqueCommand(ushort Id) : ICommand<GetOpaqueResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GetOpaque;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 2;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(Id);
    }
}

/// <summary>Stored bytes.</summary>
/// <param name="Content">At least one byte.</param>
public sealed record GetOpaqueResponse(ReadOnlyMemory<byte> Content) : IResponse<GetOpaqueResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetOpaqueResponse? response)
    {
        response = data.IsEmpty ? null : new GetOpaqueResponse(data.ToArray());
        return response is not null;
    }
}
