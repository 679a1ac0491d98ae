using System.Security.Cryptography;
using Kms.Core.Consensus;

namespace Kms.Harness;

/// <summary>Two fresh heights of a chain and two blocks competing for them: what one check plays with. Messages are at the upper height;
/// <see cref="Below"/> is the same scene one height lower.</summary>
internal sealed record Scene(
    ChainId Chain, long Height, BlockId A, BlockId B, Timestamp Time, ReadOnlyMemory<byte> Address, ReadOnlyMemory<byte> Extension)
{
    public Scene Below => this with { Height = Height - 1 };

    /// <summary>Later than <see cref="Time"/>.</summary>
    public Timestamp Later => Time with { Seconds = Time.Seconds + 1 };

    public VoteMessage Prevote(BlockId? block, int round = 0) =>
        new(Chain, new Hrs(Height, round, Step.Prevote), block, Time) { ValidatorAddress = Address };

    /// <summary>With extension data where the chain has them.</summary>
    public VoteMessage Precommit(BlockId? block, int round = 0) =>
        new(Chain, new Hrs(Height, round, Step.Precommit), block, Time)
        {
            ValidatorAddress = Address, Extension = block is null ? default : Extension,
        };

    public ProposalMessage Proposal(BlockId block, int round = 0, int polRound = -1) =>
        new(Chain, new Hrs(Height, round, Step.Proposal), block, polRound, Time);
}

/// <summary>Makes consensus messages at heights never used before in this run, from a seed.</summary>
internal sealed class ConsensusMessages(HarnessOptions options, DateTimeOffset now)
{
    private readonly Random _random = new(options.Seed);
    private long _next = options.StartHeight;

    /// <summary>The first height that nothing was asked for.</summary>
    public long NextHeight => _next;

    /// <summary>The validator's address, once its key is known.</summary>
    public ReadOnlyMemory<byte> Address { get; set; } = new byte[20];

    public Scene NextScene()
    {
        _next += 2;
        var extension = options.VoteExtensions ? Bytes(16) : [];
        return new Scene(options.Chain, _next - 1, NextBlock(), NextBlock(), NextTime(), Address, extension);
    }

    /// <summary>What a validator signs, height after height, without end; a tenth of the heights needs a second round.</summary>
    public IEnumerable<ConsensusMessage> Consensus()
    {
        while (true)
        {
            var scene = NextScene();
            foreach (var at in new[] { scene.Below, scene })
            {
                var round = 0;
                if (OneIn(10))
                {
                    yield return at.Prevote(null);
                    yield return at.Precommit(null);
                    round = 1;
                }

                yield return at.Proposal(at.A, round);
                yield return at.Prevote(at.A, round);
                yield return at.Precommit(at.A, round);
            }
        }
    }

    /// <summary>A message that must not be signed once <paramref name="message"/> was: the same position for another block, or for nil.</summary>
    public ConsensusMessage Rival(ConsensusMessage message) =>
        message with { Block = message is VoteMessage { Block: not null } && OneIn(2) ? null : NextBlock(), Timestamp = NextTime() };

    /// <summary>A prevote for a new block wherever it is wanted.</summary>
    public VoteMessage PrevoteAt(long height, int round) =>
        new(options.Chain, new Hrs(height, round, Step.Prevote), NextBlock(), NextTime()) { ValidatorAddress = Address };

    private bool OneIn(int n) => _random.Next(n) == 0;

    public byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    private BlockId NextBlock() => new(NextHash(), (uint)_random.Next(1, 100), NextHash());

    private BlockHash NextHash() => BlockHash.FromBytes(SHA256.HashData(Bytes(32)))!;

    private Timestamp NextTime() => new(now.ToUnixTimeSeconds() + (_next - options.StartHeight), _random.Next(1_000_000_000));
}
