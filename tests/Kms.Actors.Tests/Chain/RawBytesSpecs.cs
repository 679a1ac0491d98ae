using Akka.Actor;
using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Actors.Tests.Chain;

/// <summary>The chain's actor signs raw bytes in their turn, and nothing that it knows about votes changes by it.</summary>
public sealed class RawBytesSpecs : IAsyncLifetime
{
    private static readonly RawBytesPolicy Celestia = new(RawBytesForm.Celestia, ["compactBlock"], 1000);

    private readonly ChainWorld _world = new();

    private ChainOptions Options => _world.Options with { RawBytes = Celestia };

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _world.DisposeAsync().AsTask();

    [Fact]
    public async Task Raw_bytes_are_signed_and_move_no_watermark()
    {
        var chain = _world.StartNew(Options);
        var vote = Canonical.Prevote(5, 0, Ask.A);
        _world.AssertSigned(await ChainWorld.Sign(chain, vote), vote.SignBytes);
        var before = await State(chain);

        for (byte i = 0; i < 3; i++) AssertSigned(await Raw(chain, Request(i)), Request(i));

        Assert.Equal(before, await State(chain));
        Assert.Equal(2, _world.Events.Count);
    }

    [Fact]
    public async Task A_chain_without_history_signs_raw_bytes_and_no_vote()
    {
        var chain = _world.Start(Options);
        AssertSigned(await Raw(chain, Request(1)), Request(1));
        Assert.Null((await State(chain)).Watermark);
        Assert.Empty(_world.Events);
        ChainWorld.AssertRefused(RefusalReason.NoHistory, await ChainWorld.Sign(chain, Canonical.Prevote(1, 0, Ask.A)));
    }

    [Fact]
    public async Task Without_the_operators_word_nothing_is_signed()
    {
        var chain = _world.StartNew();
        Assert.Contains(
            "sign_raw_bytes = \"celestia\"", ChainWorld.AssertRefused(RefusalReason.RawBytesNotAllowed, await Raw(chain, Request(1))).ToString(), StringComparison.Ordinal);
        Assert.Empty(_world.Key.Given);
    }

    [Fact]
    public async Task What_could_be_a_vote_never_reaches_the_key()
    {
        var chain = _world.StartNew(_world.Options with { RawBytes = new RawBytesPolicy(RawBytesForm.CometBft, [], 1000) });
        var vote = Canonical.Prevote(5, 0, Ask.A);
        ChainWorld.AssertRefused(RefusalReason.RawBytesAreMessage, await Raw(chain, new RawBytesRequest.CometBft(vote.SignBytes.Memory)));
        Assert.Empty(_world.Key.Given);
    }

    [Fact]
    public async Task A_chain_that_contradicts_itself_signs_no_raw_bytes()
    {
        foreach (var height in new[] { 5, 3 })
            _world.Store.Append(ChainWorld.Id, new ChainEvent.WatermarkAdvanced(Ask.Chain, SignedMessage.Of(Canonical.Prevote(height, 0, Ask.A))));
        var chain = _world.Start(Options);
        ChainWorld.AssertRefused(RefusalReason.CorruptHistory, await Raw(chain, Request(1)));
        Assert.Empty(_world.Key.Given);
    }

    [Fact]
    public async Task A_vote_that_is_repeated_after_raw_bytes_gets_its_signature_from_memory()
    {
        var chain = _world.StartNew(Options);
        var vote = Canonical.Prevote(5, 0, Ask.A);
        var first = await ChainWorld.Sign(chain, vote);
        AssertSigned(await Raw(chain, Request(1)), Request(1));
        Assert.Equal(first, await ChainWorld.Sign(chain, vote));
        Assert.Equal([vote.SignBytes, SignBytesOf(Request(1))], _world.Key.Given);
    }

    [Fact]
    public async Task A_key_does_one_thing_at_a_time_in_the_order_of_the_requests()
    {
        var chain = _world.StartNew(Options);
        var (entered, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _world.Key.Next(async (bytes, _) =>
        {
            entered.SetResult();
            await release.Task;
            return SignOutcome.Ok(_world.Key.Sign(bytes));
        });
        var (one, vote, two) = (Request(1), Canonical.Prevote(5, 0, Ask.A), Request(2));
        var (first, second, third) = (Raw(chain, one), ChainWorld.Sign(chain, vote), Raw(chain, two));
        await entered.Task.WaitAsync(ChainWorld.Patience);
        Assert.Single(_world.Key.Given);
        Assert.False(second.IsCompleted || third.IsCompleted);

        release.SetResult();
        AssertSigned(await first, one);
        _world.AssertSigned(await second, vote.SignBytes);
        AssertSigned(await third, two);
        Assert.Equal([SignBytesOf(one), vote.SignBytes, SignBytesOf(two)], _world.Key.Given);
    }

    [Fact]
    public async Task A_request_whose_asker_gave_up_while_it_waited_is_dropped_and_a_key_that_is_late_is_an_answer()
    {
        var chain = _world.StartNew(Options);
        var entered = new TaskCompletionSource();
        _world.Key.Next(async (_, deadline) =>
        {
            entered.SetResult();
            var late = new TaskCompletionSource();
            await using var given = deadline.Register(late.SetResult);
            await late.Task;
            return SignOutcome.Failed("the device did not answer in time");
        });
        using var deadline = new CancellationTokenSource();
        using var behind = new CancellationTokenSource();
        var first = Raw(chain, Request(1), deadline.Token);
        await entered.Task.WaitAsync(ChainWorld.Patience);
        chain.Tell(new ChainMessages.SignRaw(Ask.Chain, Request(2), behind.Token));
        await behind.CancelAsync();
        await deadline.CancelAsync();

        Assert.Contains("in time", ChainWorld.AssertRefused(RefusalReason.SignerFailed, await first).ToString(), StringComparison.Ordinal);
        AssertSigned(await Raw(chain, Request(3)), Request(3));
        Assert.Equal([SignBytesOf(Request(1)), SignBytesOf(Request(3))], _world.Key.Given);
    }

    [Fact]
    public async Task A_signature_that_does_not_verify_is_not_released()
    {
        var chain = _world.StartNew(Options);
        _world.Key.Next(_ => SignOutcome.Ok(_world.Key.Sign(SignBytesOf(Request(2)))));
        Assert.Contains(
            "does not verify; it was not released", ChainWorld.AssertRefused(RefusalReason.SignerFailed, await Raw(chain, Request(1))).ToString(), StringComparison.Ordinal);
        AssertSigned(await Raw(chain, Request(1)), Request(1));
    }

    [Fact]
    public async Task A_program_without_a_key_answers_so()
    {
        var chain = _world.StartNew(Options with { Signer = null });
        Assert.Contains("this program has no key", ChainWorld.AssertRefused(RefusalReason.SignerFailed, await Raw(chain, Request(1))).ToString(), StringComparison.Ordinal);
    }

    private Task<SignReply> Raw(IActorRef chain, RawBytesRequest request, CancellationToken deadline = default)
    {
        if (request is RawBytesRequest.Celestia) _world.RawBytes.Add(SignBytesOf(request));
        return chain.Ask<SignReply>(new ChainMessages.SignRaw(Ask.Chain, request, deadline), ChainWorld.Patience, CancellationToken.None);
    }

    private void AssertSigned(SignReply reply, RawBytesRequest request)
    {
        Assert.True(reply is SignReply.SignedRaw, reply.ToString());
        Assert.True(SignatureVerifier.Verify(_world.Key.PublicKey, SignBytesOf(request).Span, ((SignReply.SignedRaw)reply).Signature));
    }

    private static RawBytesRequest.Celestia Request(byte fill) => new(Ask.Chain, "compactBlock"u8.ToArray(), Ask.Hash(fill).Memory);

    private static SignBytes SignBytesOf(RawBytesRequest request) => Celestia.Judge(Ask.Chain, request).SignBytes!;

    private static Task<ChainMessages.State> State(IActorRef chain) => chain.Ask<ChainMessages.State>(ChainMessages.GetState.Instance, ChainWorld.Patience);
}
