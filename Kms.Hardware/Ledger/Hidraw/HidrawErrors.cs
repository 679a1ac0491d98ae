using System.Runtime.InteropServices;

namespace Kms.Hardware.Ledger.Hidraw;

/// <summary>The sentences about one device.</summary>
/// <param name="Port">Where it is plugged in; may be empty.</param>
/// <param name="Path">Its node.</param>
internal sealed record HidrawErrors(string Port, string Path)
{
    /// <summary>The rule that lets the group tmkms open it, as in deploy/udev.</summary>
    public const string UdevRule = "SUBSYSTEM==\"hidraw\", ATTRS{idVendor}==\"2c97\", MODE=\"0660\", GROUP=\"tmkms\"";

    public string Unplugged => $"{Name} was unplugged, or an app was opened or closed on it: plug it in and open the Tendermint app";

    public string TimedOut => $"{Name} did not answer before the deadline";

    public string Endless => $"{Name} sends without being asked: unplug it and plug it in again";

    public string Busy => $"{Name} is used by another tmkms: stop that one";

    private string Name => Port.Length == 0 ? $"the Ledger at {Path}" : $"the Ledger at {Port} ({Path})";

    /// <summary>Why a call failed.</summary>
    /// <param name="errno">Of the call.</param>
    /// <param name="doing">What was tried, a verb.</param>
    public string Of(int errno, string doing) => errno switch
    {
        LibC.NoAccess => $"this user may not open {Name}: put the line `{UdevRule}` into a file of /etc/udev/rules.d, "
            + "run `udevadm control --reload && udevadm trigger`, and run tmkms as a member of the group tmkms",
        LibC.NotPermitted => $"{Name} is forbidden here: a service or container must be allowed to use hidraw devices "
            + "(systemd: DeviceAllow=char-hidraw rw, docker: a rule for devices: see deploy/README.md)",
        LibC.NoEntry => $"{Name} is attached, but its node is missing here: a service or container needs it passed in "
            + "(systemd: PrivateDevices=no, docker: `-v /dev:/dev`, and a rule for devices: see deploy/README.md)",
        LibC.InputOutput or LibC.NoAddress or LibC.NoDevice or LibC.Shutdown => Unplugged,
        LibC.TimedOut => $"{Name} does not take what is sent: unplug it and plug it in again",
        _ => $"{Name} failed: cannot {doing} it: {Marshal.GetPInvokeErrorMessage(errno)}: unplug it and plug it in again",
    };
}
