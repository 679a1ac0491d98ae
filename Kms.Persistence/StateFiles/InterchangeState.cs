using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Persistence.StateFiles;

/// <summary>The states of several chains in one file: docs/state-interchange.md. Anything it does not define is refused.</summary>
internal static class InterchangeState
{
    /// <summary>The value of <c>format</c>: what this file is.</summary>
    public const string Marker = "cometbft-sign-state";

    private const int Version = 1;

    // By KeyAlgorithm.
    private static readonly string[] KeyWords = ["ed25519", "secp256k1"];

    private static readonly string[] StepWords = ["proposal", "prevote", "precommit"];

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static IReadOnlyList<RecordedState> Read(JsonFields fields)
    {
        if (fields.Text("format") != Marker) fields.Fail($"has a format other than \"{Marker}\"");
        if (fields.Number("version", int.MaxValue) != Version)
            fields.Fail($"has a version other than {Version}: a newer tmkms wrote it, and may read it");
        fields.Allow("format", "version", "chains");
        var states = fields.Objects("chains").Select(ReadChain).ToList();
        if (states.Count == 0) fields.Fail("lists no chains");
        var twice = states.GroupBy(state => state.Chain).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null) fields.Fail($"lists chain {twice.Key} twice");
        return states;
    }

    /// <summary>Null with a sentence when a chain has no usable name or two have the same.</summary>
    public static string? Render(IReadOnlyList<RecordedState> states, out string? error)
    {
        error = Refusal(states);
        if (error is not null) return null;

        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteString("format", Marker);
            json.WriteNumber("version", Version);
            json.WriteStartArray("chains");
            foreach (var state in states) WriteChain(json, state);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static RecordedState ReadChain(JsonFields fields)
    {
        fields.Allow("chain_id", "public_key", "height", "round", "step", "block_id", "sign_bytes");
        var chain = fields.Text("chain_id");
        if (!ChainId.IsConfigurable(chain)) fields.Fail($"has a {fields.Name("chain_id")} that is not 1 to {ChainId.MaxLength} visible characters");
        var step = Math.Max(0, Array.IndexOf(StepWords, fields.Text("step")));
        if (StepWords[step] != fields.Text("step")) fields.Fail($"has a {fields.Name("step")} that is not {string.Join(" or ", StepWords)}");
        var height = fields.NumberText("height", long.MaxValue);
        return new RecordedState(StatePosition.Of(height, (int)fields.Number("round", int.MaxValue), (Step)step))
        {
            Chain = new ChainId(chain),
            PublicKey = fields.Has("public_key") ? ReadKey(fields.Object("public_key")) : null,
            Block = fields.Has("block_id") ? new RecordedBlock(fields.IsNull("block_id") ? null : ReadBlock(fields.Object("block_id"))) : null,
            SignBytes = fields.Has("sign_bytes") ? new SignBytes(fields.Hex("sign_bytes")) : null,
        };
    }

    private static PublicKey? ReadKey(JsonFields key)
    {
        key.Allow("type", "value");
        var algorithm = (KeyAlgorithm)Array.IndexOf(KeyWords, key.Text("type"));
        var bytes = key.Base64Bytes("value");
        if (!Enum.IsDefined(algorithm)) key.Fail($"has a {key.Name("type")} that is not {string.Join(" or ", KeyWords)}");
        else if (bytes.Length == PublicKey.SizeOf(algorithm)) return new PublicKey(algorithm, bytes);
        else key.Fail($"has a {key.Name("value")} of {bytes.Length} bytes; a public key of {key.Text("type")} has {PublicKey.SizeOf(algorithm)}");
        return null;
    }

    private static BlockId? ReadBlock(JsonFields block)
    {
        block.Allow("hash", "parts_total", "parts_hash");
        var (hash, total, partsHash) = (block.Hash("hash"), (uint)block.Number("parts_total", uint.MaxValue), block.Hash("parts_hash"));
        if (hash is null || partsHash is null) return null;
        var id = new BlockId(hash, total, partsHash);
        if (id.IsZero) block.Fail("has an empty block_id: nil is null");
        return id;
    }

    private static string? Refusal(IReadOnlyList<RecordedState> states)
    {
        if (states.Count == 0) return "there are no chains to write";
        if (states.Any(state => state.Chain is null)) return "an interchange file names the chain of each state: say which one it is";
        if (states.FirstOrDefault(state => !IsWritable(state.Chain!)) is { } odd)
            return $"the chain id {odd.Chain} is not 1 to {ChainId.MaxLength} visible characters";
        var twice = states.GroupBy(state => state.Chain).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? null : $"there are two states of chain {twice.Key}";
    }

    private static bool IsWritable(ChainId chain) =>
        System.Text.Unicode.Utf8.IsValid(chain.Utf8) && ChainId.IsConfigurable(Encoding.UTF8.GetString(chain.Utf8));

    private static void WriteChain(Utf8JsonWriter json, RecordedState state)
    {
        json.WriteStartObject();
        json.WriteString("chain_id", state.Chain!.Utf8);
        if (state.PublicKey is { } key)
        {
            json.WriteStartObject("public_key");
            json.WriteString("type", KeyWords[(int)key.Algorithm]);
            json.WriteBase64String("value", key.Span);
            json.WriteEndObject();
        }

        json.WriteString("height", state.Position.Height.ToString());
        json.WriteNumber("round", state.Position.Round.Value);
        json.WriteString("step", StepWords[(int)state.Position.Step]);
        if (state.Block is { } block) WriteBlock(json, block.Id);
        if (state.SignBytes is { Length: > 0 } bytes) json.WriteString("sign_bytes", Convert.ToHexString(bytes.Span));
        json.WriteEndObject();
    }

    private static void WriteBlock(Utf8JsonWriter json, BlockId? id)
    {
        if (id is null or { IsZero: true })
        {
            json.WriteNull("block_id");
            return;
        }

        json.WriteStartObject("block_id");
        json.WriteString("hash", Convert.ToHexString(id.Hash.Span));
        json.WriteNumber("parts_total", id.PartsTotal);
        json.WriteString("parts_hash", Convert.ToHexString(id.PartsHash.Span));
        json.WriteEndObject();
    }
}
