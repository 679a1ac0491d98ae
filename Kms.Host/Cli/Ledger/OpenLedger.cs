using Kms.Hardware.Ledger;
using Kms.Host.Config;

namespace Kms.Host.Cli.Ledger;

/// <summary>The Ledger of tmkms.toml with its app open.</summary>
/// <param name="Config">The whole configuration.</param>
/// <param name="Section">What it says about the device.</param>
/// <param name="Session">The app.</param>
internal sealed record OpenLedger(KmsConfig Config, LedgerConfig Section, LedgerSession Session);
