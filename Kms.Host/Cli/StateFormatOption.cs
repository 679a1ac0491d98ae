using System.CommandLine;
using System.CommandLine.Parsing;
using Kms.Persistence.StateFiles;

namespace Kms.Host.Cli;

/// <summary>The <c>--format</c> of the verbs that read and write state files.</summary>
internal static class StateFormatOption
{
    private const string Auto = "auto";

    private static readonly Dictionary<string, StateFormat> Words = new()
    {
        ["interchange"] = StateFormat.Interchange,
        ["tmkms"] = StateFormat.Tmkms,
        ["cometbft"] = StateFormat.CometBft,
        ["horcrux"] = StateFormat.Horcrux,
        ["cosmos-kms"] = StateFormat.CosmosKms,
    };

    /// <summary>For reading: null is auto, the default.</summary>
    public static Option<StateFormat?> ForReading() => Create($"{Auto} (default), {string.Join(", ", Words.Keys)}", null, Auto);

    /// <summary>For writing: the default is interchange.</summary>
    public static Option<StateFormat?> ForWriting() => Create($"{string.Join(", ", Words.Keys)}; default interchange", StateFormat.Interchange, null);

    private static Option<StateFormat?> Create(string description, StateFormat? otherwise, string? noneWord)
    {
        var option = new Option<StateFormat?>("--format", "-f")
        {
            Description = description,
            HelpName = "FORMAT",
            DefaultValueFactory = _ => otherwise,
            CustomParser = result => Parse(result, noneWord),
        };
        option.CompletionSources.Add([.. Words.Keys]);
        return option;
    }

    private static StateFormat? Parse(ArgumentResult result, string? noneWord)
    {
        var word = result.Tokens[0].Value;
        if (word == noneWord) return null;
        if (Words.TryGetValue(word, out var format)) return format;
        result.AddError($"unknown format '{word}' (must be {string.Join(", ", noneWord is null ? Words.Keys : [noneWord, .. Words.Keys])})");
        return null;
    }
}
