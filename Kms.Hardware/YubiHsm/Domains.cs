using System.Globalization;

namespace Kms.Hardware.YubiHsm;

/// <summary>A set of the 16 domains of a device: a session sees only objects that share a domain with its authentication key.</summary>
/// <param name="Mask">Bit n - 1 is domain n.</param>
public readonly record struct Domains(ushort Mask)
{
    /// <summary>All 16.</summary>
    public static readonly Domains All = new(ushort.MaxValue);

    /// <summary>Domain 1 alone: where tmkms puts its keys.</summary>
    public static readonly Domains One = new(1);

    /// <summary>Reads "all", or numbers from 1 to 16 between commas.</summary>
    public static bool TryParse(string text, out Domains domains)
    {
        domains = All;
        if (text == "all") return true;
        var mask = 0;
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 16) return false;
            mask |= 1 << (number - 1);
        }

        domains = new Domains((ushort)mask);
        return true;
    }

    /// <summary>What <see cref="TryParse"/> reads; empty for none.</summary>
    public override string ToString()
    {
        var mask = Mask;
        return mask == ushort.MaxValue ? "all" : string.Join(',', Enumerable.Range(1, 16).Where(n => (mask >> (n - 1) & 1) != 0));
    }
}
