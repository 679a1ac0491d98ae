using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Kms.Core.Consensus;

namespace Kms.Persistence.StateFiles;

/// <summary>One JSON object, read strictly. A wrong member yields a default and a sentence: the first one is kept in <see cref="Error"/>, which all
/// objects of a file share, so that a codec reads on without asking after each member.</summary>
internal sealed class JsonFields
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly FirstError _error;

    /// <summary>The root of a file.</summary>
    public JsonFields(JsonElement root) : this(root, "", new FirstError()) { }

    private JsonFields(JsonElement json, string path, FirstError error)
    {
        (_path, _error) = (path, error);
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fail(path.Length == 0 ? "is not a JSON object" : $"has a {path.TrimEnd('.')} that is not an object");
            return;
        }

        foreach (var member in json.EnumerateObject())
        {
            if (!_members.TryAdd(member.Name, member.Value)) Fail($"names {Name(member.Name)} twice");
        }
    }

    /// <summary>What is wrong with the file, as the end of a sentence that begins with its name; or null.</summary>
    public string? Error => _error.Text;

    /// <summary>Whether a member is there, null or not.</summary>
    public bool Has(string name) => _members.ContainsKey(name);

    /// <summary>Whether a member is there and neither null nor an empty string: how Go programs write nothing.</summary>
    public bool HasContent(string name) => _members.TryGetValue(name, out var value)
        && value.ValueKind != JsonValueKind.Null && !(value.ValueKind == JsonValueKind.String && value.GetString()!.Length == 0);

    /// <summary>Whether a member is there and null.</summary>
    public bool IsNull(string name) => Has(name) && _members[name].ValueKind == JsonValueKind.Null;

    /// <summary>Whether a member is there and a string.</summary>
    public bool IsText(string name) => Has(name) && _members[name].ValueKind == JsonValueKind.String;

    /// <summary>Refuses every member that is not listed: a newer version may have written something that must not be lost.</summary>
    public void Allow(params ReadOnlySpan<string> names)
    {
        foreach (var name in _members.Keys)
        {
            if (!names.Contains(name)) Fail($"has a member {Name(name)} that this format does not have: it is of another format or a newer version");
        }
    }

    /// <summary>A required string.</summary>
    public string Text(string name)
    {
        if (Required(name, JsonValueKind.String, "a string") is { } value) return value.GetString()!;
        return "";
    }

    /// <summary>A required decimal number from 0, written as a string, as Go and Rust write those of 64 bits.</summary>
    public long NumberText(string name, long max)
    {
        var text = Text(name);
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= max) return number;
        return NotInRange(name, max);
    }

    /// <summary>A required number from 0.</summary>
    public long Number(string name, long max)
    {
        if (Required(name, JsonValueKind.Number, "a number") is not { } value) return 0;
        return value.TryGetInt64(out var number) && number >= 0 && number <= max ? number : NotInRange(name, max);
    }

    /// <summary>A required member that is one of a few numbers.</summary>
    public int Step(string name, int first, int last, string hint)
    {
        if (Required(name, JsonValueKind.Number, "a number") is not { } value) return first;
        if (value.TryGetInt32(out var number) && number >= first && number <= last) return number;
        Fail($"has a {Name(name)} that is not {first} to {last}: {hint}");
        return first;
    }

    /// <summary>A required string of hexadecimal digits, of either case.</summary>
    public byte[] Hex(string name) => TryHex(name) ?? Malformed(name, "hexadecimal");

    /// <summary>The bytes of a string of hexadecimal digits; null when it is something else.</summary>
    public byte[]? TryHex(string name)
    {
        var text = Text(name);
        var bytes = new byte[text.Length / 2];
        return Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done ? bytes : null;
    }

    /// <summary>A required SHA-256 hash in hexadecimal digits, or an empty string for none.</summary>
    public BlockHash? Hash(string name)
    {
        var hash = BlockHash.FromBytes(Hex(name));
        if (hash is null) Fail($"has a {Name(name)} that does not have {BlockHash.Size} bytes");
        return hash;
    }

    /// <summary>A required string in base64 with padding.</summary>
    public byte[] Base64Bytes(string name)
    {
        var text = Text(name);
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length) + 3];
        // Only the alphabet: the decoder of the class library would skip spaces.
        var isClean = text.Length % 4 == 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=');
        return isClean && Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : Malformed(name, "base64");
    }

    /// <summary>A required object.</summary>
    public JsonFields Object(string name) => new(Required(name, JsonValueKind.Object, "an object") ?? Empty, $"{_path}{name}.", _error);

    /// <summary>A required list of objects.</summary>
    public IReadOnlyList<JsonFields> Objects(string name)
    {
        if (Required(name, JsonValueKind.Array, "a list") is not { } list) return [];
        return [.. list.EnumerateArray().Select((item, index) => new JsonFields(item, $"{_path}{name}[{index}].", _error))];
    }

    /// <summary>Keeps the first sentence.</summary>
    public void Fail(string error) => _error.Text ??= error;

    /// <summary>A member's name with the objects it is in, safe to print.</summary>
    public string Name(string name) => _path + string.Concat(name.Take(40).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '?'));

    private static JsonElement Empty => JsonElement.Parse("{}");

    private JsonElement? Required(string name, JsonValueKind kind, string article)
    {
        if (!_members.TryGetValue(name, out var value)) Fail($"has no {Name(name)}");
        else if (value.ValueKind != kind) Fail($"has a {Name(name)} that is not {article}");
        else return value;
        return null;
    }

    private int NotInRange(string name, long max)
    {
        Fail(string.Create(CultureInfo.InvariantCulture, $"has a {Name(name)} that is not a whole number from 0 to {max}"));
        return 0;
    }

    private byte[] Malformed(string name, string encoding)
    {
        Fail($"has a {Name(name)} that is not {encoding}");
        return [];
    }

    private sealed class FirstError
    {
        public string? Text;
    }
}
