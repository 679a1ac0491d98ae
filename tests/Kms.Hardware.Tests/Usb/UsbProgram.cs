using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Tests.Ledger.Hidraw;
using Kms.Hardware.Usb;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.Tests.Usb;

/// <summary>The test assembly run as a program of its own, because a bus is emulated for a whole process. A line in, a line out:
/// `list`; `limit seconds`, of an exchange; `use [serial]`; `send hex milliseconds`; `fault [serial]`, what stands against opening; `no-library` for the rest of the process; and the same for the
/// product's session on top: `sign xhex` by key 1, where the hex may be empty. `hidraw` makes one of
/// <see cref="HidrawCalls"/>, `ledger` one of <see cref="LedgerHost"/>.</summary>
public static class UsbProgram
{
    public static async Task<int> Main()
    {
        var limit = TimeSpan.FromMinutes(1);
        UsbTransport? transport = null;
        YubiHsmSigner? signer = null;
        await using var ledger = new LedgerHost();
        using var password = Credentials.FromPassword(1, "password"u8);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["list"]:
                    var (devices, error) = await UsbConnection.ListAsync(UsbTransport.Model);
                    Console.WriteLine(error?.ToString() ?? string.Join(' ', devices.Select(device => device.Serial ?? device.Problem?.Fault.ToString() ?? "?").Order()));
                    break;
                case ["limit", var seconds]:
                    limit = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
                    Console.WriteLine("ok");
                    break;
                case ["use", .. var serial]:
                    transport?.Dispose();
                    signer = null;
                    Console.WriteLine(UsbTransport.TryCreate(serial.FirstOrDefault(), limit, out transport, out var wrong) ? "ok" : wrong);
                    break;
                case ["send", var hex, var milliseconds]:
                    using (var deadline = new CancellationTokenSource(int.Parse(milliseconds, CultureInfo.InvariantCulture)))
                    {
                        var reply = await transport!.ExchangeAsync(Convert.FromHexString(hex), deadline.Token);
                        Console.WriteLine(reply.Frame is { } frame ? Convert.ToHexString(frame.Span) : reply.Error);
                    }

                    break;
                case ["sign", var hex]:
                    YubiHsmFailure? failure = null;
                    if (signer is null) (signer, failure) = await YubiHsmSigner.OpenAsync(new YubiHsmSession(transport!, password), 1, KeyAlgorithm.Ed25519, default);
                    var outcome = signer is null
                        ? SignOutcome.Failed(failure!.Reason)
                        : await signer.SignAsync(new SignBytes(Convert.FromHexString(hex.AsSpan(1))), CancellationToken.None);
                    Console.WriteLine(outcome.Error ?? Convert.ToHexString(outcome.Signature!.Span));
                    break;
                case ["fault", .. var serial]:
                    var (connection, problem) = await UsbConnection.OpenAsync(UsbTransport.Model, serial.FirstOrDefault());
                    if (connection is not null) await connection.CloseAsync();
                    Console.WriteLine(problem?.Fault.ToString() ?? "none");
                    break;
                case ["hidraw", .. var call]:
                    Console.WriteLine(HidrawCalls.Make(call));
                    break;
                case ["ledger", .. var call]:
                    Console.WriteLine(await ledger.MakeAsync(call));
                    break;
                case ["no-library"]:
                    NativeLibrary.SetDllImportResolver(typeof(UsbConnection).Assembly, Refuse);
                    Console.WriteLine("ok");
                    break;
                default:
                    return 2;
            }
        }

        transport?.Dispose();
        return 0;
    }

    private static nint Refuse(string name, Assembly assembly, DllImportSearchPath? path) => throw new DllNotFoundException(name);
}
