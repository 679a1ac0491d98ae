using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Kms.Hardware.Ledger.Commands;

/// <summary>Asks which app is open. Every app answers, and the dashboard as <see cref="GetAppNameResponse.Dashboard"/>.</summary>
public sealed record GetAppNameCommand : ICommand<GetAppNameResponse>
{
    /// <inheritdoc/>
    public string Name => "get app name";

    /// <inheritdoc/>
    public Apdu Apdu => new(App.CommonClass, App.GetAppName, 0, 0, default);
}

/// <summary>The app that is open.</summary>
/// <param name="Name">Safe to print; empty in an emulator without the app's metadata.</param>
/// <param name="Version">Safe to print.</param>
public sealed record GetAppNameResponse(string Name, string Version) : IResponse<GetAppNameResponse>
{
    /// <summary>What the dashboard calls itself.</summary>
    public const string Dashboard = "BOLOS";

    private const byte Format = 1;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetAppNameResponse? response)
    {
        response = data is [Format, ..] && TryTake(data[1..], out var name, out var rest) && TryTake(rest, out var version, out _)
            ? new GetAppNameResponse(name, version)
            : null;
        return response is not null;
    }

    private static bool TryTake(ReadOnlySpan<byte> data, out string text, out ReadOnlySpan<byte> rest)
    {
        text = "";
        rest = default;
        if (data.IsEmpty || data.Length - 1 < data[0]) return false;
        var bytes = data.Slice(1, data[0]);
        if (bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return false;
        text = Encoding.ASCII.GetString(bytes);
        rest = data[(1 + bytes.Length)..];
        return true;
    }
}
