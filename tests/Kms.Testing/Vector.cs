using System.Globalization;
using System.Text.Json;
using Kms.Core.Consensus;

namespace Kms.Testing;

/// <summary>An object of a vector file. An absent field reads as its protobuf default, as the files leave those out.</summary>
public readonly record struct Vector(JsonElement Json)
{
    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string field) => Json.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A text.</summary>
    public string Text(string field) => Has(field) ? Json.GetProperty(field).GetString()! : "";

    /// <summary>A byte string.</summary>
    public byte[] Hex(string field) => Convert.FromHexString(Text(field));

    /// <summary>A number, written as such or, from 64 bits, as a text.</summary>
    public long Number(string field) => !Has(field) ? 0
        : Json.GetProperty(field) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64()
        : long.Parse(Text(field), CultureInfo.InvariantCulture);

    /// <summary>A number of 32 bits.</summary>
    public int Int(string field) => checked((int)Number(field));

    /// <summary>True where the field says so.</summary>
    public bool Flag(string field) => Has(field) && Json.GetProperty(field).GetBoolean();

    /// <summary>A timestamp of seconds and nanos.</summary>
    public Timestamp Time(string field) => new(In(field).Number("seconds"), In(field).Int("nanos"));

    /// <summary>An object in this one.</summary>
    public Vector In(string field) => new(Json.GetProperty(field));

    /// <summary>A list of objects; empty when absent.</summary>
    public IReadOnlyList<Vector> All(string field) =>
        Has(field) ? [.. Json.GetProperty(field).EnumerateArray().Select(item => new Vector(item))] : [];

    /// <summary>The name of a vector, for the message of a failed test.</summary>
    public override string ToString() => Json.ValueKind == JsonValueKind.Object ? $"{Text("id")} {Text("note")}" : Json.ToString();
}
