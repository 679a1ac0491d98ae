using Kms.Testing.Usb;

namespace Kms.Hardware.Tests.Usb;

/// <summary>A test on an emulated bus; skipped where the libraries for it are not installed, with their names.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EmulatedUsbFactAttribute : FactAttribute
{
    public EmulatedUsbFactAttribute() => Skip = UsbEmulation.Missing;
}
