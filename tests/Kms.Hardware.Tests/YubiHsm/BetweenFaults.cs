using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>What can happen to a device between two commands and is over when the next one comes.</summary>
internal static class BetweenFaults
{
    public static TheoryData<string> All => ["sessions closed", "wrong MAC", "truncated", "lost", "power cycle", "replugged"];

    public static void Inject(YubiHsmDevice device, string fault)
    {
        switch (fault)
        {
            case "sessions closed": device.Faults.CloseSessions(); break;
            case "wrong MAC": device.Faults.Spoil(ResponseFault.WrongMac); break;
            case "truncated": device.Faults.Spoil(ResponseFault.Truncated); break;
            case "lost": device.Faults.Spoil(ResponseFault.Lost); break;
            case "power cycle": device.Faults.PowerCycle(); break;
            case "replugged": device.Faults.Unplug(); device.Faults.Plug(); break;
            default: throw new ArgumentOutOfRangeException(nameof(fault));
        }
    }
}
