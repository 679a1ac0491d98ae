using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.Ledger.Commands;

/// <summary>Asks the app for its version. Needs no confirmation and changes nothing.</summary>
public sealed record GetVersionCommand : ICommand<GetVersionResponse>
{
    /// <inheritdoc/>
    public string Name => "get version";

    /// <inheritdoc/>
    public Apdu Apdu => new(App.Class, App.GetVersion, 0, 0, default);
}

/// <summary>The app's version.</summary>
/// <param name="Version">Major, minor, patch.</param>
/// <param name="IsTestBuild">Its double-sign rule can be reset with the buttons.</param>
public sealed record GetVersionResponse(Version Version, bool IsTestBuild) : IResponse<GetVersionResponse>
{
    /// <summary>The oldest version that can be used: older ones answer a violation of the double-sign rule like a message they cannot read.</summary>
    public static readonly Version Oldest = new(0, 9, 0);

    /// <summary>Why the app cannot be used; null when it can.</summary>
    public string? Problem => Version >= Oldest ? null : $"the Tendermint app on the device is version {Version}: install {Oldest} or newer";

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetVersionResponse? response)
    {
        response = data is [var mode and (0x00 or 0xFF), var major, var minor, var patch]
            ? new GetVersionResponse(new Version(major, minor, patch), mode == 0xFF)
            : null;
        return response is not null;
    }
}
