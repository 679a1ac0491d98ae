using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Kms.Core.Consensus;

namespace Kms.Persistence.StateFiles;

/// <summary>Reads and writes the sign-state files of this signer and of others. Reading is strict: a file that is damaged, of a newer version or
/// of another format must not become a watermark that is too low. Every refusal is a sentence; nothing throws on what a file contains.</summary>
public static class StateFile
{
    /// <summary>Longest file in bytes, read or written: a single state has about 500, and so has each chain of an interchange file.</summary>
    public const int MaxBytes = 64 * 1024;

    private static readonly JsonDocumentOptions Strict = new()
    {
        CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false, MaxDepth = 8,
    };

    /// <summary>Reads the content of a file.</summary>
    /// <param name="utf8">The whole content.</param>
    /// <param name="format">The format, or null to detect it.</param>
    public static StateFileResult Parse(ReadOnlySpan<byte> utf8, StateFormat? format) => Parse(utf8, format, "the state file");

    /// <summary>Reads a file of at most <see cref="MaxBytes"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">The format, or null to detect it.</param>
    public static StateFileResult Read(string path, StateFormat? format)
    {
        if (Directory.Exists(path)) return new(format, null, $"the state file {path} is a directory");
        try
        {
            using var file = File.OpenHandle(path);
            var content = new byte[MaxBytes + 1];
            var length = 0;
            while (length < content.Length && RandomAccess.Read(file, content.AsSpan(length), length) is var n and > 0) length += n;
            return Parse(content.AsSpan(0, length), format, $"the state file {path}");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new(format, null, $"the state file {path} does not exist", IsMissing: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var reason = e is UnauthorizedAccessException ? "permission denied" : e.Message;
            return new(format, null, $"the state file {path} cannot be read: {reason}");
        }
    }

    /// <summary>The content of a file that holds <paramref name="states"/>, exactly as the program of that format writes it.</summary>
    /// <param name="format">The format. Only <see cref="StateFormat.Interchange"/> holds more than one state, and it must know their chains.</param>
    /// <param name="states">What to write. What a format cannot hold is left out; the position is never lowered.</param>
    public static RenderedState Render(StateFormat format, IReadOnlyList<RecordedState> states)
    {
        if (format == StateFormat.Interchange)
        {
            var all = InterchangeState.Render(states, out var error);
            return all is null || Encoding.UTF8.GetByteCount(all) <= MaxBytes
                ? new(all, error)
                : new(null, $"the states of {states.Count} chains are more than {MaxBytes} bytes: write them to several files");
        }

        if (states.Count != 1) return new(null, $"a {Name(format)} state file holds one chain, not {states.Count}");
        return new(format switch
        {
            StateFormat.Tmkms => TmkmsState.Render(states[0]),
            StateFormat.Horcrux => HorcruxState.Render(states[0]),
            _ => CometBftState.Render(states[0]),
        }, null);
    }

    /// <summary>Replaces or makes a file, readable by its owner only, so that after a crash it has either the old content or the new one, and on
    /// disk when the call returns.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="text">The whole content.</param>
    /// <returns>Null, or a sentence that says why the file may not have the new content.</returns>
    public static string? Write(string path, string text) => AtomicFile.Write(path, Encoding.UTF8.GetBytes(text));

    private static StateFileResult Parse(ReadOnlySpan<byte> utf8, StateFormat? format, string subject)
    {
        StateFileResult Refuse(string error) => new(format, null, $"{subject} {error}");
        if (NotText(utf8) is { } notText) return Refuse(notText);
        try
        {
            var fields = new JsonFields(JsonElement.Parse(utf8, Strict));
            format ??= fields.Error is null ? Detect(fields) : null;
            if (format is null) return Refuse(fields.Error!);
            var states = ReadAll(format.Value, fields);
            if (states.Any(SaysTooMuch)) fields.Fail("has height 0, at which nothing can be signed, and yet a signed message");
            return fields.Error is null ? new(format, states, null) : Refuse($"{fields.Error} (read as {Name(format.Value)})");
        }
        catch (JsonException e)
        {
            return Refuse($"is not valid JSON (line {(e.LineNumber ?? 0) + 1}): it is damaged or cut off");
        }
        catch (InvalidOperationException)
        {
            // What the class library throws for an escaped half of a surrogate pair.
            return Refuse("has a string that is not valid Unicode");
        }
    }

    private static string? NotText(ReadOnlySpan<byte> utf8) => utf8 switch
    {
        { Length: > MaxBytes } => $"has more than {MaxBytes} bytes: is this the right path?",
        _ when utf8.Trim(" \t\r\n"u8).IsEmpty => "is empty",
        [0xEF, 0xBB, 0xBF, ..] => "begins with a byte order mark: save it as UTF-8 without one",
        _ => Utf8.IsValid(utf8) ? null : "is not valid UTF-8",
    };

    // Each format has a member that its program always writes and no other program does. tmkms counts steps from 0 and the others from 1, so a
    // guess could lower a watermark: without such a member only CometBFT's own shape is taken, and with two of them none. A file with a round
    // in a string and no mark is horcrux's or old Tendermint's, or one of tmkms that lost its block_id: the operator must say.
    private static StateFormat? Detect(JsonFields fields)
    {
        List<StateFormat> marks = [];
        if (fields.Has("format")) marks.Add(StateFormat.Interchange);
        if (fields.Has("block_id")) marks.Add(StateFormat.Tmkms);
        if (fields.Has("nonce_public") || fields.Has("ephemeral_public")) marks.Add(StateFormat.Horcrux);
        var isBare = marks.Count == 0 && fields.Has("height") && fields.Has("round") && fields.Has("step");
        if (isBare && !fields.IsText("round")) marks.Add(StateFormat.CometBft);
        if (marks.Count == 1) return marks[0];
        fields.Fail("is of no format that can be told for certain: name it with --format");
        return null;
    }

    private static IReadOnlyList<RecordedState> ReadAll(StateFormat format, JsonFields fields) => format switch
    {
        StateFormat.Interchange => InterchangeState.Read(fields),
        StateFormat.Tmkms => [TmkmsState.Read(fields)],
        StateFormat.Horcrux => [HorcruxState.Read(fields)],
        _ => [CometBftState.Read(fields)],
    };

    private static bool SaysTooMuch(RecordedState state) =>
        state.IsFresh && (state.SignBytes is not null || state.Signature is not null || state.Block?.Id is not null);

    private static string Name(StateFormat format) => format switch
    {
        StateFormat.Tmkms => "tmkms",
        StateFormat.CometBft => "CometBFT",
        StateFormat.Horcrux => "horcrux",
        StateFormat.CosmosKms => "cosmos/kms",
        _ => "interchange",
    };
}
