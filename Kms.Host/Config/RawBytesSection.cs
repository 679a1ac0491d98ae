using Kms.Protocol.SignBytes;

namespace Kms.Host.Config;

/// <summary>Which raw bytes a chain's key signs (tmkms.toml, chain.sign_raw_bytes).</summary>
/// <param name="Form">Whose.</param>
/// <param name="UniqueIds">What the unique ids of Celestia may begin with; empty for anything.</param>
/// <param name="MaxBytes">The most bytes to sign.</param>
public sealed record RawBytesConfig(RawBytesForm Form, IReadOnlyList<string> UniqueIds, int MaxBytes)
{
    internal RawBytesPolicy Policy => new(Form, UniqueIds, MaxBytes);
}

/// <summary>Reads sign_raw_bytes of one [[chain]].</summary>
internal static class RawBytesSection
{
    private const string Key = "sign_raw_bytes";
    private const string Example = """{ form = "celestia", unique_ids = ["compactBlock"] }""";

    /// <summary>What the chain's key signs; null when nothing, or reported.</summary>
    public static RawBytesConfig? Read(TomlTableReader section, Reading reading)
    {
        var node = section.Any(Key);
        var read = node switch
        {
            null or TomlScalar { Value: false } => null,
            TomlScalar { Value: string word } when FormOf(word) is { } form => new RawBytesConfig(form, [], RawBytesPolicy.DefaultMaxBytes),
            TomlMap => ReadTable(section.Table(Key)!, reading.Errors),
            _ => Reported(node, reading.Errors),
        };
        if (read?.Form == RawBytesForm.CometBft)
        {
            reading.Warnings.Add(
                node!.At, $"{Key} \"cometbft\": whoever controls a node of this chain gets the consensus key's signature over any bytes that are no consensus "
                + "message; allow it only where an application needs it");
        }

        return read;
    }

    /// <summary>Warns of a chain whose validator would lose each of its proposals, because nothing in the file says what is to be done with raw bytes.</summary>
    public static void WarnWithout(Located<string> chain, Reading reading)
    {
        if (Network.OfChain(chain.Value) is not { RawBytes: RawBytesForm.Celestia } network) return;
        reading.Warnings.Add(
            chain.At, $"chain {chain.Value} has no {Key}: nodes of {network.Title} have raw bytes signed for each block they propose, and lose the block otherwise; "
            + $"add {Key} = \"celestia\" to its [[chain]] section, or {Key} = false if this is meant");
    }

    private static RawBytesConfig? ReadTable(TomlTableReader table, ConfigErrors errors)
    {
        var form = table.IsThere("form", Example) && table.Word("form", "celestia", "cometbft") is { } word ? FormOf(word.Value) : null;
        var prefixes = table.Has("unique_ids") ? table.RequiredStrings("unique_ids", Example) : Absent(table);
        var maxBytes = (int)table.Integer("max_bytes", 1, RawBytesPolicy.DefaultMaxBytes, RawBytesPolicy.DefaultMaxBytes);
        table.Finish();

        if (prefixes is { Count: > 0 } && form == RawBytesForm.CometBft)
            errors.Add(prefixes[0].At, "unique_ids is Celestia's: the requests of CometBFT have none");
        foreach (var prefix in (prefixes ?? []).Where(prefix => prefix.Value.Length == 0))
            errors.Add(prefix.At, $"an empty text in unique_ids allows every unique id: leave unique_ids out, or write {Example}");
        return form is null ? null : new RawBytesConfig(form.Value, [.. (prefixes ?? []).Select(prefix => prefix.Value)], maxBytes);
    }

    private static IReadOnlyList<Located<string>> Absent(TomlTableReader table)
    {
        _ = table.Any("unique_ids");
        return [];
    }

    private static RawBytesForm? FormOf(string word) => word switch
    {
        "celestia" => RawBytesForm.Celestia,
        "cometbft" => RawBytesForm.CometBft,
        _ => null,
    };

    private static RawBytesConfig? Reported(TomlNode node, ConfigErrors errors)
    {
        errors.Add(node.At, $"{Key} must be \"celestia\", \"cometbft\", a table such as {Example}, or false");
        return null;
    }
}
