using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.SignBytes;

namespace Kms.EndToEnd.Tests;

/// <summary>A home directory in which the commands of docs/migrate.md run. Services are not: what systemctl is told is kept.</summary>
internal sealed class MigrationGuide : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string _home;
    private readonly List<NodeKey> _keys = [];

    public MigrationGuide(string parent) => _home = Directory.CreateDirectory(System.IO.Path.Combine(parent, "home")).FullName;

    /// <summary>docs/migrate.md.</summary>
    public static string Text()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(root.FullName, "Kms.sln"))) root = root.Parent!;
        return File.ReadAllText(System.IO.Path.Combine(root.FullName, "docs", "migrate.md"));
    }

    /// <summary>The commands of a section, one text for each block.</summary>
    public static string[] Blocks(string section)
    {
        var blocks = Regex.Matches(Text(), $"^```sh {Regex.Escape(section)}\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline);
        Assert.NotEmpty(blocks);
        return [.. blocks.Select(block => block.Groups[1].Value)];
    }

    public string Path(string inHome) => System.IO.Path.Combine(_home, inHome);

    public string Read(string file) => File.ReadAllText(Path(file));

    public void Write(string file, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(file))!);
        File.WriteAllText(Path(file), text);
        File.SetUnixFileMode(Path(file), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>A consensus key as CometBFT keeps it.</summary>
    public NodeKey WriteNodeKey(string file)
    {
        var key = NewKey();
        Write(file, key.PrivValidatorKey());
        return key;
    }

    /// <summary>A home of Rust tmkms with relative paths, a base64 key and its state file at the default path.</summary>
    public void WriteRustTmkmsHome(string directory, string chain, string address, VoteMessage last)
    {
        Write($"{directory}/secrets/{chain}.key", Convert.ToBase64String(NewKey().Seed));
        Write($"{directory}/secrets/kms-identity.key", Convert.ToBase64String(NewKey().Seed));
        Write($"{directory}/tmkms.toml", $$"""
            [[chain]]
            id = "{{chain}}"
            key_format = { type = "bech32", account_key_prefix = "cosmospub", consensus_key_prefix = "cosmosvalconspub" }

            [[validator]]
            chain_id = "{{chain}}"
            addr = "tcp://{{address}}"
            secret_key = "secrets/kms-identity.key"
            protocol_version = "v0.34"
            reconnect = true

            [[providers.softsign]]
            chain_ids = ["{{chain}}"]
            key_type = "consensus"
            path = "secrets/{{chain}}.key"
            """);
        var block = last.Block!;
        Write($"{directory}/{chain}_priv_validator_state.json", JsonSerializer.Serialize(new
        {
            height = last.Hrs.Height.ToString(),
            round = last.Hrs.Round.ToString(),
            step = (int)last.Hrs.Step,
            block_id = new
            {
                hash = Convert.ToHexString(block.Hash.Span),
                part_set_header = new { total = block.PartsTotal, hash = Convert.ToHexString(block.PartsHash.Span) },
            },
        }));
    }

    /// <summary>The program as the guide's user would start it: with this home, in a directory of it.</summary>
    public SignerProgram Program(string directory) =>
        new("/bin/bash", "-c", $"export HOME='{_home}'; cd '{Path(directory)}'; exec '{EndToEndTest.Program.File}' \"$@\"", "tmkms");

    /// <summary>What the services were told.</summary>
    public string[] ServiceCalls() => File.ReadAllLines(Path("systemctl.log"));

    /// <summary>Runs commands; the first that fails ends them.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string commands)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-eu", "-c", "exec 2>&1\nsystemctl() { echo \"$*\" >> ~/systemctl.log; }\ncd\n" + commands])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = _home;
        start.Environment["PATH"] = $"{AppContext.BaseDirectory}:{start.Environment["PATH"]}";
        using var shell = Process.Start(start)!;
        shell.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Patience);
        try
        {
            var output = await shell.StandardOutput.ReadToEndAsync(deadline.Token);
            await shell.WaitForExitAsync(deadline.Token);
            return (shell.ExitCode, output);
        }
        finally
        {
            if (!shell.HasExited) shell.Kill(entireProcessTree: true);
        }
    }

    public void Dispose() => _keys.ForEach(key => key.Dispose());

    private NodeKey NewKey()
    {
        _keys.Add(new NodeKey());
        return _keys[^1];
    }
}

/// <summary>A consensus key in the hands of a node: the files CometBFT writes.</summary>
internal sealed class NodeKey : IDisposable
{
    private readonly SoftSigner _signer;

    public NodeKey()
    {
        Random.Shared.NextBytes(Seed);
        _signer = SoftSigner.FromSeed(Seed);
    }

    public byte[] Seed { get; } = new byte[32];

    public byte[] Sign(VoteMessage vote) => _signer.SignAsync(SignBytesOf(vote), CancellationToken.None).AsTask().GetAwaiter().GetResult().Signature!.Span.ToArray();

    /// <summary>priv_validator_key.json.</summary>
    public string PrivValidatorKey() => $$"""
        {
          "address": "{{NodeId.Of(_signer.PublicKey).ToString().ToUpperInvariant()}}",
          "pub_key": { "type": "tendermint/PubKeyEd25519", "value": "{{Convert.ToBase64String(_signer.PublicKey.Span)}}" },
          "priv_key": { "type": "tendermint/PrivKeyEd25519", "value": "{{Convert.ToBase64String([.. Seed, .. _signer.PublicKey.Span])}}" }
        }
        """;

    /// <summary>priv_validator_state.json after <paramref name="last"/>.</summary>
    public string StateFile(VoteMessage last, bool withSignature, bool roundAsText = false)
    {
        var signed = withSignature
            ? $", \"signature\": \"{Convert.ToBase64String(Sign(last))}\", \"signbytes\": \"{Convert.ToHexString(SignBytesOf(last).Span)}\""
            : "";
        var round = roundAsText ? $"\"{last.Hrs.Round}\"" : last.Hrs.Round.ToString();
        return $$"""{ "height": "{{last.Hrs.Height}}", "round": {{round}}, "step": {{(int)last.Hrs.Step + 1}}{{signed}} }""";
    }

    public void Dispose() => _signer.Dispose();

    private static SignBytes SignBytesOf(VoteMessage vote) =>
        CanonicalSignBytes.Of(vote.Chain, new SignedMessage(vote.Hrs, vote.Block, null, vote.Timestamp, new SignBytes([])));
}
