namespace Kms.Host.Config;

/// <summary>Reads the keys of one table by name and type. A wrong type is reported where it stands; a key that nobody asked for is reported by
/// <see cref="Finish"/>. Every getter returns null for "absent or reported", so that reading goes on to the next error.</summary>
/// <param name="table">The table.</param>
/// <param name="name">What messages call it, such as "[[chain]]".</param>
/// <param name="path">Its keys from the root of the file, such as "chain.key_format"; empty for the root.</param>
/// <param name="reading">Where remarks go.</param>
internal sealed class TomlTableReader(TomlMap table, string name, string path, Reading reading)
{
    private readonly List<string> _known = [];
    private readonly ConfigErrors _errors = reading.Errors;

    /// <summary>Where the table begins.</summary>
    public TomlPosition At => table.At;

    /// <summary>A value of any type, for the keys that allow several.</summary>
    public TomlNode? Any(string key)
    {
        var value = table.Entries.TryGetValue(key, out var entry) ? entry.Value : null;
        _known.Add(key);
        reading.Ask(At.Line, path, key, value?.At);
        return value;
    }

    public Located<string>? String(string key) => Scalar<string>(key, "a string in quotes");

    public Located<string>? RequiredString(string key, string example) =>
        IsThere(key, example) ? String(key) : null;

    public bool Bool(string key, bool otherwise) => Scalar<bool>(key, "true or false")?.Value ?? otherwise;

    /// <summary>An integer within bounds, or <paramref name="otherwise"/>.</summary>
    public long Integer(string key, long min, long max, long otherwise)
    {
        if (Scalar<long>(key, "a whole number") is not { } number) return otherwise;
        if (number.Value >= min && number.Value <= max) return number.Value;
        _errors.Add(number.At, $"{key} must be {min} to {max}, not {number.Value}");
        return otherwise;
    }

    /// <summary>One of a few words; null when absent or reported.</summary>
    public Located<string>? Word(string key, params ReadOnlySpan<string> words)
    {
        if (String(key) is not { } text || words.Contains(text.Value)) return String(key);
        _errors.Add(text.At, $"{key} must be {Quoted(words)}, not \"{text.Value}\"{Nearest.Suggest(text.Value, words)}");
        return null;
    }

    /// <summary>A list of strings that must be there and not be empty.</summary>
    public IReadOnlyList<Located<string>>? RequiredStrings(string key, string example)
    {
        if (!IsThere(key, example)) return null;
        var value = Any(key)!;
        if (value is not TomlList list || list.Items.Any(item => item is not TomlScalar { Value: string }))
        {
            _errors.Add(value.At, $"{key} must be a list of strings: {example}");
            return null;
        }

        if (list.Items.Count > 0) return [.. list.Items.Select(item => new Located<string>((string)((TomlScalar)item).Value, item.At))];
        _errors.Add(value.At, $"{key} is empty: {example}");
        return null;
    }

    /// <summary>A table inside this one.</summary>
    public TomlTableReader? Table(string key)
    {
        switch (Any(key))
        {
            case null: return null;
            case TomlMap map: return new TomlTableReader(map, key, PathOf(key), reading);
            case { } other:
                _errors.Add(other.At, $"{key} must be a table, not {Describe(other)}");
                return null;
        }
    }

    /// <summary>The [[sections]] of one name; a single [section] counts as a mistake.</summary>
    public IReadOnlyList<TomlTableReader> Sections(string key, string header)
    {
        switch (Any(key))
        {
            case null: return [];
            case TomlList list when list.Items.All(item => item is TomlMap):
                return [.. list.Items.Select(item => new TomlTableReader((TomlMap)item, header, PathOf(key), reading))];
            case { } other:
                _errors.Add(other.At, $"{key} must be written as {header} sections, with two brackets");
                return [];
        }
    }

    /// <summary>A list of inline tables; [[sections]] are the same to TOML.</summary>
    public IReadOnlyList<TomlTableReader> Tables(string key, string example)
    {
        switch (Any(key))
        {
            case null: return [];
            case TomlList list when list.Items.All(item => item is TomlMap):
                return [.. list.Items.Select(item => new TomlTableReader((TomlMap)item, key, PathOf(key), reading))];
            case { } other:
                _errors.Add(other.At, $"{key} must be a list of tables: {example}");
                return [];
        }
    }

    /// <summary>The keys that are written in the table, with their positions.</summary>
    public IEnumerable<Located<string>> Keys => table.Entries.Select(entry => new Located<string>(entry.Key, entry.Value.KeyAt));

    /// <summary>Whether a key is there, of whatever type.</summary>
    public bool Has(string key) => table.Entries.ContainsKey(key);

    /// <summary>Whether a key is there; reports it as missing otherwise.</summary>
    public bool IsThere(string key, string example)
    {
        if (Has(key)) return true;
        _errors.Add(At, $"{name} needs {key}: {example}");
        _ = Any(key);
        return false;
    }

    /// <summary>Reports every key that was not asked for: a misspelt option must not silently keep its default.</summary>
    public void Finish()
    {
        foreach (var key in Keys.Where(key => !_known.Contains(key.Value)))
        {
            var known = _known.Distinct().Order(StringComparer.Ordinal).ToArray();
            var hint = Nearest.Suggest(key.Value, known);
            _errors.Add(key.At, $"unknown key {key.Value} in {name}{(hint.Length > 0 ? hint : $" (known: {string.Join(", ", known)})")}");
        }
    }

    private string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    private Located<T>? Scalar<T>(string key, string expected)
    {
        switch (Any(key))
        {
            case null: return null;
            case TomlScalar { Value: T value } scalar: return new Located<T>(value, scalar.At);
            case { } other:
                _errors.Add(other.At, $"{key} must be {expected}, not {Describe(other)}");
                return null;
        }
    }

    private static string Describe(TomlNode node) => node switch
    {
        TomlMap => "a table",
        TomlList => "a list",
        TomlScalar { Value: string } => "a string",
        TomlScalar { Value: bool } => "a truth value",
        TomlScalar { Value: long } => "a number",
        TomlScalar { Value: double } => "a fraction",
        _ => "a date",
    };

    private static string Quoted(ReadOnlySpan<string> words)
    {
        var quoted = new List<string>();
        foreach (var word in words) quoted.Add($"\"{word}\"");
        return quoted.Count == 1 ? quoted[0] : string.Join(", ", quoted[..^1]) + " or " + quoted[^1];
    }
}
