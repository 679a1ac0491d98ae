using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Composition;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Demo;

/// <summary>A temporary home of a signer, as <c>tmkms init</c> lays it out, with new keys: for its owner only, and gone with
/// <see cref="Delete"/>.</summary>
internal sealed class SignerHome
{
    private readonly KeyAlgorithm _algorithm;

    private SignerHome(string directory, string chain, KeyAlgorithm algorithm) => (Directory, Chain, _algorithm) = (directory, chain, algorithm);

    /// <summary>The directory.</summary>
    public string Directory { get; }

    /// <summary>The one chain.</summary>
    public string Chain { get; }

    /// <summary>tmkms.toml.</summary>
    public string Config => Path.Combine(Directory, "tmkms.toml");

    /// <summary>What the signer prints.</summary>
    public string Log => Path.Combine(Directory, "tmkms.log");

    /// <summary>The consensus key.</summary>
    public string ConsensusKey => Path.Combine(Directory, "secrets", $"{Chain}-consensus.key");

    /// <summary>The key of SecretConnection.</summary>
    public string IdentityKey => Path.Combine(Directory, "secrets", "kms-identity.key");

    /// <summary>Makes the directory (mode 0700) and both keys.</summary>
    /// <param name="chain">The chain id.</param>
    /// <param name="algorithm">Of the consensus key.</param>
    /// <param name="error">What went wrong; null on success.</param>
    public static SignerHome? TryCreate(string chain, KeyAlgorithm algorithm, out string? error)
    {
        SignerHome? home = null;
        try
        {
            home = new SignerHome(System.IO.Directory.CreateTempSubdirectory("tmkms-").FullName, chain, algorithm);
            foreach (var name in new[] { "secrets", "state" })
                System.IO.Directory.CreateDirectory(
                    Path.Combine(home.Directory, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            if (KeyFiles.Generate(home.ConsensusKey, algorithm, out _, out error)
                && KeyFiles.Generate(home.IdentityKey, KeyAlgorithm.Ed25519, out _, out error)) return home;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"cannot make a temporary home in {Path.GetTempPath()}: {e.Message}";
        }

        home?.Delete();
        return null;
    }

    /// <summary>Writes tmkms.toml.</summary>
    /// <param name="addresses">Where the validators listen; one [[validator]] each.</param>
    /// <param name="reconnect">Whether the signer dials again after a connection ended.</param>
    public void WriteConfig(IEnumerable<string> addresses, bool reconnect = true)
    {
        var validators = addresses.Select(address => $"""
            [[validator]]
            chain_id = "{Chain}"
            addr = "{address}"
            secret_key = "{IdentityKey}"
            reconnect = {(reconnect ? "true" : "false")}

            """);
        File.WriteAllText(Config, $$"""
            [[chain]]
            id = "{{Chain}}"
            key_format = { type = "hex" }

            [[providers.softsign]]
            chain_ids = ["{{Chain}}"]
            algorithm = "{{KeyFormatter.Name(_algorithm)}}"
            path = "{{ConsensusKey}}"

            {{string.Join('\n', validators)}}
            """);
    }

    /// <summary>What <c>tmkms state init</c> does: declares that the key never signed. Null, or what went wrong.</summary>
    public async Task<string?> InitialiseStateAsync()
    {
        await using var chain = OfflineChain.Open(Config, null, new ChainId(Chain), out var problems);
        if (chain is null) return string.Join("; ", problems);
        var result = await chain.InitialiseAsync(Hrs.EndOf(new Height(0)), "a new key").ConfigureAwait(false);
        return result is null ? "the journal cannot be read" : result.Error;
    }

    /// <summary>Removes everything, the keys too.</summary>
    public void Delete() => System.IO.Directory.Delete(Directory, recursive: true);
}
