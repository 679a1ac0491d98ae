using System.Text.Json;

namespace Kms.Harness;

/// <summary>A report for programs. Property names are stable: new ones may come, none changes its meaning.</summary>
public static class ReportJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>Writes <paramref name="report"/> as UTF-8. Times are milliseconds.</summary>
    public static void Write(Stream stream, HarnessReport report)
    {
        using var json = new Utf8JsonWriter(stream, Indented);
        json.WriteStartObject();
        json.WriteBoolean("passed", report.Passed);
        json.WriteString("chain_id", report.ChainId);
        json.WriteString("dialect", report.Dialect.Name);
        json.WriteString("endpoint", report.Endpoint.ToString());
        json.WriteString("signer_public_key", report.SignerKey?.ToString());
        json.WriteNumber("seed", report.Seed);
        json.WriteNumber("start_height", report.StartHeight);
        json.WriteNumber("next_height", report.NextHeight);
        WriteCounts(json, report);
        WriteChecks(json, report.Results);
        WriteLatency(json, "latency", report.Latency);
        WriteLatency(json, "refusal_latency", report.Refusals);
        WriteStrings(json, "warnings", report.Warnings);
        WriteStrings(json, "conflicts", report.Conflicts.Select(conflict => conflict.ToString()));
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, HarnessReport report)
    {
        json.WriteStartObject("counts");
        foreach (var outcome in Enum.GetValues<CheckOutcome>()) json.WriteNumber(Name(outcome), report.Count(outcome));
        json.WriteEndObject();
    }

    private static void WriteChecks(Utf8JsonWriter json, IEnumerable<CheckResult> results)
    {
        json.WriteStartArray("checks");
        foreach (var result in results)
        {
            json.WriteStartObject();
            json.WriteString("id", result.Check.Id);
            json.WriteString("title", result.Check.Title);
            json.WriteString("expected", result.Check.Expected);
            json.WriteString("outcome", Name(result.Outcome));
            json.WriteString("detail", result.Detail);
            json.WriteNumber("elapsed_ms", Math.Round(result.Elapsed.TotalMilliseconds, 3));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteLatency(Utf8JsonWriter json, string name, LatencyReport? latency)
    {
        if (latency is null)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        json.WriteNumber("count", latency.Count);
        json.WriteNumber("p50_ms", Math.Round(latency.P50, 3));
        json.WriteNumber("p90_ms", Math.Round(latency.P90, 3));
        json.WriteNumber("p99_ms", Math.Round(latency.P99, 3));
        json.WriteNumber("max_ms", Math.Round(latency.Max, 3));
        json.WriteNumber("per_second", Math.Round(latency.PerSecond, 1));
        json.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static string Name(CheckOutcome outcome) => outcome.ToString().ToLowerInvariant();
}
