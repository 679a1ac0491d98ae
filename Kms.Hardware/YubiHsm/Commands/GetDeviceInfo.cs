using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Asks for firmware, serial number, log and algorithms. Needs no session, but may be sent in one.</summary>
public sealed record GetDeviceInfoCommand : ICommand<GetDeviceInfoResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GetDeviceInfo;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 0;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
    }
}

/// <summary>What a device is.</summary>
/// <param name="Firmware">Major, minor, patch.</param>
/// <param name="SerialNumber">Shown with ten digits.</param>
/// <param name="LogSize">Entries that fit into the log.</param>
/// <param name="LogUsed">Entries in it.</param>
/// <param name="Algorithms">What it can do, also algorithms without a name here.</param>
public sealed record GetDeviceInfoResponse(Version Firmware, uint SerialNumber, byte LogSize, byte LogUsed, IReadOnlyList<Algorithm> Algorithms)
    : IResponse<GetDeviceInfoResponse>
{
    /// <summary>The serial number as Yubico and tmkms write it.</summary>
    public string Serial => SerialNumber.ToString("D10", CultureInfo.InvariantCulture);

    /// <summary>Largest frame that this firmware takes, in bytes.</summary>
    public int MaxFrameSize => Firmware >= new Version(2, 4, 0) ? Frame.MaxSizeSince24 : Frame.MaxSize;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetDeviceInfoResponse? response)
    {
        var reader = new ByteReader(data);
        var firmware = new Version(reader.Byte(), reader.Byte(), reader.Byte());
        var serialNumber = reader.UInt32();
        var (logSize, logUsed) = (reader.Byte(), reader.Byte());
        var parsed = new GetDeviceInfoResponse(firmware, serialNumber, logSize, logUsed, [.. reader.Rest().ToArray().Select(a => (Algorithm)a)]);
        response = reader.Complete ? parsed : null;
        return response is not null;
    }
}
