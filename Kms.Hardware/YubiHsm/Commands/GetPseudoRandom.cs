using System.Diagnostics.CodeAnalysis;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Asks for random bytes. Needs get-pseudo-random.</summary>
/// <param name="Count">How many.</param>
public sealed record GetPseudoRandomCommand(ushort Count) : ICommand<GetPseudoRandomResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GetPseudoRandom;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 2;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        var writer = new ByteWriter(data);
        writer.UInt16(Count);
    }
}

/// <summary>Random bytes, which may become keys: zeroed when this is disposed of.</summary>
public sealed class GetPseudoRandomResponse : IResponse<GetPseudoRandomResponse>, IDisposable
{
    private readonly SecretBytes _bytes;

    private GetPseudoRandomResponse(ReadOnlySpan<byte> bytes)
    {
        _bytes = new SecretBytes(bytes.Length);
        bytes.CopyTo(_bytes.Span);
    }

    /// <summary>The bytes; their number is not checked here.</summary>
    public ReadOnlySpan<byte> Span => _bytes.Span;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetPseudoRandomResponse? response)
    {
        response = new GetPseudoRandomResponse(data);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _bytes.Dispose();
}
