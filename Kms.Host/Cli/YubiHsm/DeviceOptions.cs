using System.CommandLine;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>The options of every verb that opens a session: which configuration, which device, and which authentication key.</summary>
internal sealed class DeviceOptions
{
    private const int SerialDigits = 10;

    // A signer that is at work comes first.
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(10);

    private readonly Option<string> _config = ConfigOption.Create();
    private readonly Option<string?> _serial = new("--serial")
    {
        Description = $"serial number of the device; needed where the configuration has several {YubiHsmSection.Header}", HelpName = "SERIAL",
    };

    private readonly Option<ushort> _authKey = ObjectId.Option(
        "--auth-key", null, "use this authentication key instead of the configured one; its password is asked for, or read from stdin");

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_config);
        command.Add(_serial);
        command.Add(_authKey);
    }

    /// <summary>Opens the device, runs a verb on it and closes the session.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="run">The verb; returns the exit code.</param>
    /// <param name="cancel">Ends the wait for the device.</param>
    public async Task<int> RunAsync(ParseResult parsed, Func<OpenDevice, Task<int>> run, CancellationToken cancel)
    {
        var path = parsed.GetRequiredValue(_config);
        if (!ConfigOption.TryLoad(path, out var config)) return CommandLine.Failure;
        if (Choose(config, path, parsed.GetValue(_serial), out var error) is not { } section) return CommandLine.Fail(error!);
        (var credentials, error) = await CredentialsAsync(section, parsed.GetValue(_authKey), cancel);
        if (credentials is null) return CommandLine.Fail(error!);
        if (Transport(section, out error) is not { } transport)
        {
            credentials.Dispose();
            return CommandLine.Fail(error!);
        }

        var (device, failure) = await OpenDevice.OpenAsync(config, section, transport, credentials, cancel);
        if (device is null) return CommandLine.Fail($"cannot open a session with the YubiHSM: {failure!.Reason}{Hint(section, failure)}");
        await using (device) return await run(device);
    }

    /// <summary>The section of a device. Where there are several none is guessed: one of the verbs erases.</summary>
    private static YubiHsmConfig? Choose(KmsConfig config, string path, string? serial, out string? error)
    {
        var all = config.YubiHsms;
        var wanted = serial?.PadLeft(SerialDigits, '0');
        var chosen = wanted is null ? all : [.. all.Where(section => section.SerialNumber == wanted)];
        // What a single section leaves open is the operator's to say.
        if (wanted is not null && all is [{ SerialNumber: null } any]) chosen = [any with { SerialNumber = wanted }];
        var known = string.Join(", ", all.Select(section => section.SerialNumber ?? $"none (line {section.Line})"));
        error = (all.Count, chosen.Count) switch
        {
            (0, _) => $"{path} has no {YubiHsmSection.Header}: add adapter, auth and keys of the device",
            (_, 0) => $"{path} has no {YubiHsmSection.Header} with serial_number = \"{wanted}\"; it has {known}",
            (_, 1) => null,
            _ => $"{path} has {all.Count} {YubiHsmSection.Header}: say which device with --serial; their serial_number: {known}",
        };
        return error is null ? chosen[0] : null;
    }

    // As in tmkms: with cli commands go through the running signer, which holds the device.
    private static IYubiHsmTransport? Transport(YubiHsmConfig section, out string? error) => YubiHsmKeys.Transport(
        section.SerialNumber,
        section.ConnectorServer is { Cli: not null } server ? new YubiHsmAdapter.Http(server.Host, server.Port, ServerTimeout) : section.Adapter,
        out error);

    private static string Hint(YubiHsmConfig section, YubiHsmFailure failure) =>
        failure.Cause == FailureCause.Transport && section.ConnectorServer is { Cli: not null }
            ? " (connector_server.cli sends commands through the running signer: start it, or remove cli while it does not run)"
            : "";

    private static async Task<(Credentials? Credentials, string? Error)> CredentialsAsync(YubiHsmConfig section, ushort chosen, CancellationToken cancel)
    {
        var asked = chosen != 0 ? chosen : (ushort?)section.ConnectorServer?.Cli?.AuthKey;
        if (asked is not { } keyId) return (YubiHsmKeys.Credentials(section.Auth, out var error), error);
        using var password = await SecretInput.ReadAsync($"Enter password for YubiHSM2 auth key {ObjectId.Show(keyId)}: ", cancel);
        return password is null
            ? (null, $"no password for authentication key {ObjectId.Show(keyId)} was entered")
            : (Credentials.FromPassword(keyId, password.Span), null);
    }
}
