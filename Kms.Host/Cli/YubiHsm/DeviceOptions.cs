using System.CommandLine;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>The options of every verb that opens a session: which configuration, and which authentication key.</summary>
internal sealed class DeviceOptions
{
    private readonly Option<string> _config = ConfigOption.Create();
    private readonly Option<ushort> _authKey = ObjectId.Option(
        "--auth-key", null, "use this authentication key instead of the configured one; its password is asked for, or read from stdin");

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Add(_config);
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
        if (config.YubiHsm is not { } section) return CommandLine.Fail($"{path} has no {YubiHsmSection.Header}: add adapter, auth and keys of the device");
        var (credentials, error) = await CredentialsAsync(section, parsed.GetValue(_authKey), cancel);
        if (credentials is null) return CommandLine.Fail(error!);
        if (Transport(section, out error) is not { } transport)
        {
            credentials.Dispose();
            return CommandLine.Fail(error!);
        }

        var (device, failure) = await OpenDevice.OpenAsync(config, transport, credentials, cancel);
        if (device is null) return CommandLine.Fail($"cannot open a session with the YubiHSM: {failure!.Reason}{Hint(section, failure)}");
        await using (device) return await run(device);
    }

    // As in tmkms: where commands have an authentication key of their own, they go through the running signer, which holds the device.
    private static IYubiHsmTransport? Transport(YubiHsmConfig section, out string? error) =>
        section.ConnectorServer is { CliAuthKey: not null } server
            ? YubiHsmKeys.Connector(server.Host, server.Port, out error)
            : YubiHsmKeys.Transport(section, out error);

    private static string Hint(YubiHsmConfig section, YubiHsmFailure failure) =>
        failure.Cause == FailureCause.Transport && section.ConnectorServer is { CliAuthKey: not null }
            ? " (connector_server.cli sends commands through the running signer: start it, or remove cli while it does not run)"
            : "";

    private static async Task<(Credentials? Credentials, string? Error)> CredentialsAsync(YubiHsmConfig section, ushort chosen, CancellationToken cancel)
    {
        var asked = chosen != 0 ? chosen : (ushort?)section.ConnectorServer?.CliAuthKey;
        if (asked is not { } keyId) return (YubiHsmKeys.Credentials(section.Auth, out var error), error);
        using var password = await SecretInput.ReadAsync($"Enter password for YubiHSM2 auth key {ObjectId.Show(keyId)}: ", cancel);
        return password is null
            ? (null, $"no password for authentication key {ObjectId.Show(keyId)} was entered")
            : (Credentials.FromPassword(keyId, password.Span), null);
    }
}
