using Kms.Actors.Validator;
using Kms.Core;
using Xunit.Abstractions;

namespace Kms.Actors.Tests.Validator;

/// <summary>The pauses between dials.</summary>
public sealed class RedialTests(ITestOutputHelper output)
{
    [Fact]
    public void Pauses_double_from_the_shortest_to_the_longest_and_begin_again_after_a_connection()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var redial = new Redial(Limits.MinRedial, Limits.MaxRedial, new Random(seed));
        for (var connection = 0; connection < 100; connection++)
        {
            foreach (var expected in new[] { 200, 400, 800, 1000, 1000, 1000 })
                Assert.InRange(redial.Next().TotalMilliseconds, expected * 0.9, expected * 1.1);
            redial.Reset();
        }
    }

    [Fact]
    public void Signers_do_not_dial_in_step()
    {
        var pauses = Enumerable.Range(0, 50).Select(seed => new Redial(Limits.MinRedial, Limits.MaxRedial, new Random(seed)).Next()).ToList();
        Assert.True(pauses.Distinct().Count() > 40);
    }

    [Fact]
    public void A_pause_never_grows_beyond_the_longest_however_often_a_dial_fails()
    {
        var redial = new Redial(Limits.MinRedial, Limits.MaxRedial, new Random(1));
        for (var i = 0; i < 10_000; i++) Assert.True(redial.Next() <= Limits.MaxRedial * 1.1);
    }
}
