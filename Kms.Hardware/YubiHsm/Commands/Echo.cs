using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Asks the device to say the same: keeps a session alive, and shows that the whole way works.</summary>
/// <param name="Data">Any bytes.</param>
public sealed record EchoCommand(ReadOnlyMemory<byte> Data) : ICommand<EchoResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.Echo;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => Data.Length;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.Bytes(Data.Span);
    }
}

/// <summary>What came back.</summary>
/// <param name="Data">As sent, when all is well.</param>
public sealed record EchoResponse(ReadOnlyMemory<byte> Data) : IResponse<EchoResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out EchoResponse? response)
    {
        response = new EchoResponse(data.ToArray());
        return response is not null;
    }
}
