using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Kms.Host.Cli.YubiHsm;

/// <summary>Ids of objects in a device: decimal, or hexadecimal after 0x.</summary>
internal static class ObjectId
{
    private const ushort Largest = 0xFFFE;

    /// <summary>An argument.</summary>
    public static Argument<ushort> Argument(string name, string description) => new(name) { Description = description, CustomParser = Parse };

    /// <summary>An option, which is 0 when it is not given.</summary>
    public static Option<ushort> Option(string name, string? alias, string description)
    {
        var option = new Option<ushort>(name, alias is null ? [] : [alias]) { Description = description, CustomParser = Parse, HelpName = "ID" };
        return option;
    }

    /// <summary>An option for the wrap key, by default the one that `setup` makes.</summary>
    public static Option<ushort> WrapKey(string description)
    {
        var option = Option("--wrapkey", "-w", description);
        option.DefaultValueFactory = _ => Hardware.YubiHsm.Setup.SetupCommands.WrapKeyId;
        return option;
    }

    /// <summary>As all messages show it: 0x0001.</summary>
    public static string Show(ushort id) => $"0x{id:x4}";

    private static ushort Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var parsed = ushort.TryParse(isHex ? text[2..] : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out var id);
        if (parsed && id is > 0 and <= Largest) return id;
        result.AddError($"'{text}' is not an object id: write a number from 1 to {Largest}, or hexadecimal such as 0x0001");
        return 0;
    }
}
