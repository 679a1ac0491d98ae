using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Host.Check;
using Kms.Host.Cli;
using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Testing.Ledger;

namespace Kms.Host.Tests.Composition;

/// <summary>From tmkms.toml to a Ledger that was opened, over TCP against a simulated one.</summary>
public sealed class LedgerDevicesTests
{
    [Fact]
    public async Task A_ledger_is_opened_without_a_test_signature_and_signs_only_votes()
    {
        var ledger = new SimulatedLedger();
        await using var way = LedgerTcp.Start(ledger);
        using var devices = await SigningDevices.OpenAsync(Config(way.Port));
        Assert.Empty(devices.Errors);
        Assert.Empty(devices.Warnings);
        var (chain, signer) = Assert.Single(devices.Signers);
        Assert.Equal((new ChainId("a"), "ledger", true), (chain, signer.Provider, signer.SignsOnlyVotes));
        Assert.Equal(new PublicKey(KeyAlgorithm.Ed25519, ledger.PublicKey), signer.PublicKey);
        Assert.Equal([signer.PublicKey], Assert.Single(devices.All).Keys.Values);
        Assert.Null(ledger.Prompt);
        Assert.Empty(ledger.Signed);
    }

    // As in tmkms an account key votes only where there is no consensus key: the YubiHSM of this one is not even opened.
    [Fact]
    public async Task An_account_key_beside_it_in_a_YubiHSM_is_not_used()
    {
        var ledger = new SimulatedLedger();
        await using var way = LedgerTcp.Start(ledger);
        var config = Config(way.Port, """
            [[providers.yubihsm]]
            adapter = { type = "http", addr = "tcp://127.0.0.1:1" }
            auth = { key = 1, password = "password" }
            keys = [{ chain_ids = ["a"], key = 1, type = "account" }]
            """);

        using var devices = await SigningDevices.OpenAsync(config);
        Assert.Equal(["ledger"], devices.All.Select(device => device.Device.Name));
        Assert.Empty(devices.Warnings);
        var listing = await KeyListing.OfAsync(config, [new ChainId("a")], () => Task.FromResult(false));
        Assert.Empty(listing.Keys);
        Assert.Equal(["the key of chain a is in a Ledger: run tmkms ledger show"], listing.Errors);
    }

    [Theory]
    [InlineData("locked", "ledger: get version: the device is locked: unlock it and open the Tendermint app on the device")]
    [InlineData("wallet", "ledger: the app \"Cosmos\" is open on the device: open the Tendermint app on the device")]
    [InlineData("dashboard", "ledger: no app is open on the device: open the Tendermint app on the device")]
    [InlineData("old", "ledger: the Tendermint app on the device is version 0.8.0: install 0.9.0 or newer")]
    [InlineData("nothing", "ledger: the Ledger emulator at 127.0.0.1:")]
    public async Task What_is_wrong_with_a_ledger_is_an_error_at_its_transport(string cause, string sentence)
    {
        var ledger = new SimulatedLedger(new LedgerOptions { AppVersion = cause == "old" ? new Version(0, 8, 0) : new Version(0, 9, 1) });
        await using var way = LedgerTcp.Start(ledger);
        switch (cause)
        {
            case "locked": ledger.Lock(); break;
            case "wallet": ledger.Open(LedgerProgram.Wallet); break;
            case "dashboard": ledger.Quit(); break;
            case "nothing": await way.StopAsync(); break;
        }

        var config = Config(way.Port);
        using var devices = await SigningDevices.OpenAsync(config);
        Assert.Empty(devices.Signers);
        Assert.StartsWith(sentence, Assert.Single(devices.Errors).Sentence, StringComparison.Ordinal);

        var findings = new Findings("tmkms.toml", config);
        await DeviceCheck.RunAsync(config, findings);
        var finding = Assert.Single(findings.All);
        Assert.Equal((Severity.Error, 9), (finding.Severity, finding.Remark.Line));
    }

    private static KmsConfig Config(int port, string more = "")
    {
        var result = KmsConfigLoader.Parse(
            "[[chain]]\nid = \"a\"\nkey_format = { type = \"hex\" }\n[[validator]]\nchain_id = \"a\"\naddr = \"unix:///s\"\n"
            + $"[[providers.ledgertm]]\nchain_ids = [\"a\"]\ntransport = \"tcp://127.0.0.1:{port}\"\n{more}", "tmkms.toml", null);
        Assert.Empty(result.Errors);
        return result.Config!;
    }
}
