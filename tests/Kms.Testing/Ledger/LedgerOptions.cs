namespace Kms.Testing.Ledger;

/// <summary>The devices that the app was built for.</summary>
public enum LedgerModel
{
    /// <summary>Two buttons, 1024 bytes for a message.</summary>
    NanoS,

    /// <summary>16384 bytes for a message. Its screens are longer than those shown here.</summary>
    NanoX,
}

/// <summary>What answers commands.</summary>
public enum LedgerProgram
{
    /// <summary>The app "Tendermint".</summary>
    Validator,

    /// <summary>The menu of apps.</summary>
    Dashboard,

    /// <summary>The app "Cosmos", for accounts.</summary>
    Wallet,
}

/// <summary>How a simulated device is made. The defaults are the device of the vectors.</summary>
public sealed record LedgerOptions
{
    private const string VectorSeed = "e872501bd2262ccf10b3a5a0dd76a8b89ef910a2543ca62eb423a3b114d40055";

    /// <summary>The 32 bytes that the app derives at 44'/118'/0'/0/0.</summary>
    public byte[] Seed { get; init; } = Convert.FromHexString(VectorSeed);

    /// <summary>What the app says of itself. Its behaviour is that of 0.9.1 at each.</summary>
    public Version AppVersion { get; init; } = new(0, 9, 1);

    /// <summary>Whether the app says that it is a test build.</summary>
    public bool IsTestBuild { get; init; }

    /// <summary>Which device.</summary>
    public LedgerModel Model { get; init; }

    /// <summary>What a locked device answers; older firmware: 6982, 6804, 6B0C, 6E01.</summary>
    public ushort LockedStatus { get; init; } = (ushort)AppStatus.Locked;

    /// <summary>The clock of <see cref="LedgerFaults.Delay"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal int MessageLimit => Model == LedgerModel.NanoS ? 1024 : 16384;
}
