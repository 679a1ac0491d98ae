using Kms.Actors.Device;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Testing;

namespace Kms.Actors.Tests.Device;

public sealed class FailoverSignerTests
{
    private static readonly SignBytes Message = new([1, 2, 3]);

    private readonly ScriptedKey _first = new();
    private readonly ScriptedKey _second = new();

    [Fact]
    public async Task The_first_signs_and_the_second_is_not_asked()
    {
        using var signer = Both();
        Assert.Equal((_first.PublicKey, "scripted, scripted"), (signer.PublicKey, signer.Provider));
        Assert.Equal(_first.Sign(Message), (await signer.SignAsync(Message, CancellationToken.None)).Signature);
        Assert.Empty(_second.Given);
    }

    [Fact]
    public async Task What_the_first_cannot_sign_the_second_signs()
    {
        using var signer = Both();
        _first.Next(_ => SignOutcome.Failed("one: gone"));
        Assert.Equal(_first.Sign(Message), (await signer.SignAsync(Message, CancellationToken.None)).Signature);
        Assert.Equal([Message], _second.Given);
        Assert.NotNull((await signer.SignAsync(Message, CancellationToken.None)).Signature);
        Assert.Equal((2, 1), (_first.Given.Count, _second.Given.Count));
    }

    [Fact]
    public async Task When_neither_can_sign_both_reasons_are_told()
    {
        using var signer = Both();
        _first.Next(_ => SignOutcome.Failed("one: gone"));
        _second.Next(_ => SignOutcome.Failed("two: gone"));
        Assert.Equal("one: gone; then two: gone", (await signer.SignAsync(Message, CancellationToken.None)).Error);
    }

    [Fact]
    public async Task A_first_that_hangs_leaves_time_for_the_second()
    {
        using var signer = FailoverSigner.TryCreate(_first, _second, TimeSpan.FromMilliseconds(1), out _)!;
        using var deadline = new CancellationTokenSource();
        _first.Next(HangAsync);
        Assert.NotNull((await signer.SignAsync(Message, deadline.Token)).Signature);
        Assert.Equal([Message], _second.Given);
    }

    [Fact]
    public async Task After_the_deadline_the_second_is_not_asked()
    {
        using var signer = Both();
        using var deadline = new CancellationTokenSource();
        _first.Next(async (bytes, cancel) =>
        {
            await deadline.CancelAsync();
            return await HangAsync(bytes, cancel);
        });
        Assert.Equal("too late", (await signer.SignAsync(Message, deadline.Token)).Error);
        Assert.Empty(_second.Given);
    }

    [Fact]
    public void Two_different_keys_do_not_belong_together()
    {
        Assert.Null(FailoverSigner.TryCreate(_first, new ScriptedKey(KeyAlgorithm.Secp256k1), TimeSpan.FromSeconds(1), out var error));
        Assert.Matches("^scripted and scripted hold different keys \\(.* and .*\\): a chain may name two devices only for one key$", error);
    }

    private static async ValueTask<SignOutcome> HangAsync(SignBytes bytes, CancellationToken deadline)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, deadline);
        }
        catch (OperationCanceledException)
        {
        }

        return SignOutcome.Failed("too late");
    }

    private FailoverSigner Both() => FailoverSigner.TryCreate(_first, _second, TimeSpan.FromMinutes(5), out _)!;
}
