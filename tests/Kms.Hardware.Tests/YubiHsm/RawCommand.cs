using System.Diagnostics.CodeAnalysis;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>Recorded bytes as a command.</summary>
/// <param name="Code">The code.</param>
/// <param name="Data">What follows the length.</param>
public sealed record RawCommand(CommandCode Code, byte[] Data) : ICommand<RawResponse>
{
    public bool MayRepeat => false;

    public int Size => Data.Length;

    public void Write(Span<byte> data) => Data.CopyTo(data);
}

/// <summary>Any response.</summary>
/// <param name="Data">What follows the length.</param>
public sealed record RawResponse(byte[] Data) : IResponse<RawResponse>
{
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out RawResponse? response)
    {
        response = new RawResponse(data.ToArray());
        return true;
    }
}
