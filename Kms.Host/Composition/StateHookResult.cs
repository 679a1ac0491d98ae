using System.Globalization;
using System.Text.Json;
using Kms.Core.Consensus;

namespace Kms.Host.Composition;

/// <summary>What came of a state hook: a height or the reason why there is none.</summary>
/// <param name="Height">The height the chain is at; null on failure.</param>
/// <param name="Error">A sentence for the operator; null on success.</param>
public readonly record struct StateHookResult(Height? Height, string? Error)
{
    private const string Member = "latest_block_height";
    private const string Wanted = """one JSON object such as {"latest_block_height": "500000"}""";

    /// <summary>A hook that did not tell a height.</summary>
    public static StateHookResult Failed(string error) => new(null, error);

    /// <summary>Reads what a hook printed: tmkms's JSON, the height as a string of digits or as a number; other members are ignored.</summary>
    /// <param name="output">UTF-8.</param>
    public static StateHookResult Parse(ReadOnlyMemory<byte> output)
    {
        if (output.Span.Trim(" \t\r\n"u8).IsEmpty) return Failed($"printed nothing; it must print {Wanted}");
        try
        {
            using var json = JsonDocument.Parse(output);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return Failed($"did not print {Wanted}");
            if (!json.RootElement.TryGetProperty(Member, out var value)) return Failed($"printed JSON without {Member}; it must print {Wanted}");
            return Value(value) is { } height and >= 1
                ? new StateHookResult(new Height(height), null)
                : Failed($"printed a {Member} that is not a block height of at least 1");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second is what a string that is not UTF-8 gives.
            return Failed($"did not print JSON; it must print {Wanted}");
        }
    }

    private static long? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var height) => height,
        JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var height) => height,
        _ => null,
    };
}
