using System.Text;
using Kms.Host.Config;
using Kms.Protocol.SignBytes;

namespace Kms.Host.Cli;

/// <summary>The tmkms.toml that <c>tmkms init</c> writes: complete but for the validator's address and the consensus key.</summary>
internal static class ConfigTemplate
{
    /// <summary>The text of the file.</summary>
    /// <param name="home">Absolute path of the directory it stands in.</param>
    /// <param name="networks">At least one.</param>
    public static string Render(string home, IReadOnlyList<Network> networks)
    {
        var text = new StringBuilder("# tmkms configuration. Every key is explained in tmkms.toml.example; `tmkms config check` finds mistakes.\n\n## Chain Configuration\n\n");
        foreach (var network in networks)
        {
            text.Append($$"""
                ### {{network.Title}} Network

                [[chain]]
                id = "{{network.ChainId}}"
                key_format = { type = "bech32", {{Prefixes(network)}} }
                {{(network.RawBytes == RawBytesForm.Celestia ? "sign_raw_bytes = \"celestia\"\n" : "")}}

                """);
        }

        text.Append("## Signing Provider Configuration\n\n");
        foreach (var network in networks)
        {
            text.Append($"""
                # Make the key with `tmkms softsign keygen PATH`, or take it over from a node with `tmkms softsign import`.
                [[providers.softsign]]
                chain_ids = ["{network.ChainId}"]
                key_type = "consensus"
                path = {Quote(Path.Combine(home, "secrets", network.ChainId + "-consensus.key"))}


                """);
        }

        text.Append("## Validator Configuration\n\n");
        foreach (var network in networks)
        {
            text.Append($"""
                # Replace the host; the node needs priv_validator_laddr = "tcp://0.0.0.0:26658" in its config.toml, behind a firewall.
                [[validator]]
                chain_id = "{network.ChainId}"
                addr = "tcp://example1.example.com:26658"
                secret_key = {Quote(Path.Combine(home, "secrets", "kms-identity.key"))}
                reconnect = true


                """);
        }

        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static string Prefixes(Network network) =>
        $"account_key_prefix = \"{network.AccountKeyPrefix}\", consensus_key_prefix = \"{network.ConsensusKeyPrefix}\"";

    /// <summary>A TOML basic string (toml.io, "String").</summary>
    private static string Quote(string path)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in path)
        {
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c)) quoted.Append($"\\u{(int)c:X4}");
            else quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }
}
