using System.Globalization;
using Kms.Testing.Ledger;
using Kms.Testing.YubiHsm;

namespace Kms.Host.Tests.Cli;

/// <summary>The simulated devices of a script, each made when the script first names it.</summary>
internal sealed class ScriptDevices : IAsyncDisposable
{
    private const string YubiHsmName = "$DEVICE";
    private const string LedgerName = "$LEDGER";

    private readonly Lazy<YubiHsmConnector> _connector = new(() => YubiHsmConnector.Start(new YubiHsmDevice()));
    private readonly SimulatedLedger _ledger = new();
    private readonly Lazy<LedgerTcp> _way;

    public ScriptDevices() => _way = new Lazy<LedgerTcp>(() => LedgerTcp.Start(_ledger));

    /// <summary>A line with host and port in the place of names.</summary>
    public string Fill(string line)
    {
        line = Fill(line, YubiHsmName, () => _connector.Value.Address.Authority);
        return Fill(line, LedgerName, () => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_way.Value.Port}"));
    }

    /// <summary>Does something to the Ledger: what it is asked is accepted, or rejected, from now on; or another state of the device.</summary>
    public void Do(string what)
    {
        _ledger.Prompted -= _ledger.Confirm;
        _ledger.Prompted -= _ledger.Deny;
        switch (what)
        {
            case "accepts": _ledger.Prompted += _ledger.Confirm; break;
            case "rejects": _ledger.Prompted += _ledger.Deny; break;
            case "locks": _ledger.Lock(); break;
            case "unlocks": _ledger.Unlock(); break;
            case "opens": _ledger.Open(LedgerProgram.Validator); break;
            case "opens-wallet": _ledger.Open(LedgerProgram.Wallet); break;
            case "quits": _ledger.Quit(); break;
            default: throw new FormatException($"a Ledger does not know how it {what}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_connector.IsValueCreated) await _connector.Value.DisposeAsync();
        if (_way.IsValueCreated) await _way.Value.DisposeAsync();
    }

    private static string Fill(string line, string name, Func<string> address) =>
        line.Contains(name, StringComparison.Ordinal) ? line.Replace(name, address(), StringComparison.Ordinal) : line;
}
