using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.Tests.Composition;

public sealed class KeyRingTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("kms-keys").FullName;

    public KeyRingTests()
    {
        foreach (var name in new[] { "one.key", "two.key", "identity.key", "other.key" })
            Assert.True(KeyFiles.Generate(Path.Combine(_home, name), KeyAlgorithm.Ed25519, out _, out var error), error);
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void One_key_that_is_missing_leaves_the_ring_as_it_was()
    {
        using var ring = Open(Config(["a"], "identity"));
        var next = Config(["a", "b"], "gone");
        Assert.False(ring.TryAdd(next.SoftSignKeys.Skip(1), next.Validators, out var errors));
        Assert.Equal([$"the key file {_home}/gone.key does not exist"], errors);
        Assert.Equal([new ChainId("a")], ring.Signers.Keys);
        Assert.Equal([$"{_home}/identity.key"], ring.Identities.Keys);
    }

    [Fact]
    public async Task A_key_is_closed_when_no_chain_needs_it_any_more_and_not_before()
    {
        var both = Config(["a", "b"], "identity", "other");
        using var ring = Open(both with { SoftSignKeys = [both.SoftSignKeys[0] with { Chains = [new ChainId("a"), new ChainId("b")] }] });
        var signer = ring.Signers[new ChainId("a")];
        Assert.Same(signer, ring.Signers[new ChainId("b")]);

        ring.KeepOnly(Config(["a"], "identity"));
        Assert.Equal([new ChainId("a")], ring.Signers.Keys);
        Assert.Equal([$"{_home}/identity.key"], ring.Identities.Keys);
        Assert.NotNull((await signer.SignAsync(new SignBytes([1]), CancellationToken.None)).Signature);

        ring.KeepOnly(Config([], "identity"));
        Assert.Equal("softsign: the key is closed", (await signer.SignAsync(new SignBytes([1]), CancellationToken.None)).Error);
    }

    [Fact]
    public void An_identity_that_is_open_is_not_opened_again()
    {
        var config = Config(["a"], "identity");
        using var ring = Open(config);
        var identity = ring.Identities[$"{_home}/identity.key"];
        File.Delete($"{_home}/identity.key");
        Assert.True(ring.TryAdd([], config.Validators, out _));
        Assert.Same(identity, ring.Identities[$"{_home}/identity.key"]);
    }

    private static KeyRing Open(KmsConfig config)
    {
        var ring = KeyRing.Open(config, out var errors);
        Assert.True(ring is not null, string.Join('\n', errors));
        return ring;
    }

    private KmsConfig Config(string[] chains, params string[] identities)
    {
        var files = new[] { "one.key", "two.key" };
        var text = string.Concat(chains.Select((chain, i) => $$"""
            [[chain]]
            id = "{{chain}}"
            key_format = { type = "hex" }
            [[providers.softsign]]
            chain_ids = ["{{chain}}"]
            path = "{{_home}}/{{files[i]}}"

            """)) + string.Concat(identities.Select((identity, i) => $"""
            [[validator]]
            chain_id = "{chains.FirstOrDefault("a")}"
            addr = "tcp://127.0.0.1:{i + 1}"
            secret_key = "{_home}/{identity}.key"

            """));
        if (chains.Length == 0) return Config(["a"], identities) with { Chains = [], SoftSignKeys = [] };
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", _home);
        Assert.True(result.IsValid, string.Join('\n', result.Errors));
        return result.Config;
    }
}
