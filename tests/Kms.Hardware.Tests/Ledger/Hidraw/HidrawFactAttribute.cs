using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Hidraw;

/// <summary>A test with hidraw nodes that are pseudo-terminals; skipped where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HidrawFactAttribute : FactAttribute
{
    public HidrawFactAttribute() => Skip = HidrawEmulation.Missing;
}
