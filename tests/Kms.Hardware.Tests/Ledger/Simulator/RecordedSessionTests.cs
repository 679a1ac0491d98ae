using Kms.Testing;
using Kms.Testing.Ledger;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>The session that was recorded from the real app, step by step: the simulator answers, asks and shows the same, by every way.</summary>
public sealed class RecordedSessionTests : IAsyncDisposable
{
    private const int Steps = 43;
    private const int Signatures = 17;

    private readonly SimulatedLedger _ledger = new();
    private readonly SemaphoreSlim _prompts = new(0);
    private readonly LedgerTcp _server;

    public RecordedSessionTests()
    {
        _server = LedgerTcp.Start(_ledger);
        _ledger.Prompted += () => _prompts.Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _prompts.Dispose();
    }

    [Theory]
    [InlineData(Way.Direct)]
    [InlineData(Way.Hid)]
    [InlineData(Way.Tcp)]
    public async Task The_simulator_answers_as_the_app_did(Way way)
    {
        var session = Vectors.Load("ledger/ledger");
        Assert.Equal(session.Text("public_key"), Messages.Hex(_ledger.PublicKey));
        using var host = await Hosts.OpenAsync(way, _ledger, _server);
        var steps = session.All("steps");
        foreach (var step in steps)
        {
            foreach (var exchange in step.All("exchanges"))
            {
                await host.SendAsync(exchange.Hex("apdu"));
                if (step.Has("button")) await PressAsync(step);
                Assert.Equal(step.Text("label") + exchange.Text("data") + exchange.Text("sw"), step.Text("label") + Messages.Hex(await host.ReceiveAsync()));
            }

            Assert.Equal(Lines(step, "screen_after"), _ledger.Screen);
            if (step.Flag("signature_valid")) Verify(session, step);
        }

        Assert.Equal(Steps, steps.Count);
        Assert.Equal(Signatures, _ledger.Signed.Length);
    }

    private async Task PressAsync(Vector step)
    {
        await _prompts.WaitAsync();
        Assert.Equal(Lines(step, "prompt"), _ledger.Screen);
        if (step.Text("button") == "right") _ledger.Confirm();
        else _ledger.Deny();
    }

    private void Verify(Vector session, Vector step)
    {
        Assert.Equal(step.Text("message"), Messages.Hex(_ledger.Signed[^1]));
        var verifier = new Ed25519Signer();
        verifier.Init(forSigning: false, new Ed25519PublicKeyParameters(session.Hex("public_key")));
        verifier.BlockUpdate(step.Hex("message"), 0, step.Hex("message").Length);
        Assert.True(verifier.VerifySignature(step.All("exchanges")[^1].Hex("data")));
    }

    private static string[] Lines(Vector step, string field) => [.. step.Json.GetProperty(field).EnumerateArray().Select(line => line.GetString()!)];
}
