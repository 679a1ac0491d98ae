using System.Text.Encodings.Web;
using System.Text.Json;
using Kms.Core.Signing;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Cli;

/// <summary>A public key in every form that nodes, chains and explorers ask for.</summary>
/// <param name="Chain">The chain that it signs for; null for a key file without a configuration.</param>
/// <param name="Provider">Where the key is.</param>
/// <param name="Key">The key.</param>
/// <param name="Prefix">The bech32 prefix of the chain's consensus keys.</param>
/// <param name="Nodes">By what the signer is known at each node: the node's address and our identity.</param>
internal sealed record ShownKey(string? Chain, string Provider, PublicKey Key, string Prefix, IReadOnlyList<(string Node, PublicKey Identity)> Nodes)
{
    /// <summary>The prefix where the configuration names none.</summary>
    public const string DefaultPrefix = "cosmosvalconspub";

    private static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private ConsensusAddress Address => ConsensusAddress.Of(Key);

    private string Bech32 => KeyFormatter.Format(Key, new KeyFormat.Bech32("", Prefix));

    private string CosmosJson => KeyFormatter.Format(Key, new KeyFormat.CosmosJson());

    private string Hex => KeyFormatter.Format(Key, new KeyFormat.Hex());

    private string Base64 => Convert.ToBase64String(Key.Span);

    /// <summary>Lines for people.</summary>
    public void Write(TextWriter output, Ansi ansi)
    {
        if (Chain is not null) Line("chain", ansi.Bold(Chain));
        Line("provider", Provider);
        Line("bech32", Bech32);
        Line("cosmos-json", CosmosJson);
        Line("hex", Hex);
        Line("base64", Base64);
        Line("address", Address.ToHex());
        if (Address.ToBech32(Prefix) is { } bech32) Line("", bech32);
        foreach (var (node, identity) in Nodes)
        {
            var whose = node.Length == 0 ? "" : $" for {node}";
            Line("node id", $"{NodeId.Of(identity)}{whose}");
            Line("peer id", $"{PeerId.Of(identity)}{whose}");
        }

        void Line(string label, string value) => output.WriteLine($"{(label.Length == 0 ? "" : label + ":"),-13}{value}");
    }

    /// <summary>One JSON array of all keys, for programs.</summary>
    public static void WriteJson(Stream output, IReadOnlyList<ShownKey> keys)
    {
        using var json = new Utf8JsonWriter(output, Indented);
        json.WriteStartArray();
        foreach (var key in keys) key.WriteJson(json);
        json.WriteEndArray();
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Chain is not null) json.WriteString("chain_id", Chain);
        json.WriteString("provider", Provider);
        json.WriteStartObject("public_key");
        json.WriteString("bech32", Bech32);
        json.WritePropertyName("cosmos_json");
        json.WriteRawValue(CosmosJson);
        json.WriteString("hex", Hex);
        json.WriteString("base64", Base64);
        json.WriteEndObject();
        json.WriteStartObject("address");
        json.WriteString("hex", Address.ToHex());
        if (Address.ToBech32(Prefix) is { } bech32) json.WriteString("bech32", bech32);
        json.WriteEndObject();
        json.WriteStartArray("nodes");
        foreach (var (node, identity) in Nodes)
        {
            json.WriteStartObject();
            if (node.Length > 0) json.WriteString("node", node);
            json.WriteString("node_id", NodeId.Of(identity).ToString());
            json.WriteString("peer_id", PeerId.Of(identity).ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
