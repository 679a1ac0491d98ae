using System.Security.Cryptography;
using Kms.Core.Consensus;

namespace Kms.Harness;

/// <summary>Two fresh heights of a chain and two blocks competing for them: what one check plays with. Messages are at the upper height;
/// <see cref="Below"/> is the same scene one height lower.</summary>
/// <param name="Options">The run's: chain, dialect, whether there are vote extensions.</param>
/// <param name="Height">The upper height.</param>
/// <param name="A">One block.</param>
/// <param name="B">Another block.</param>
/// <param name="Time">When all this is said to happen.</param>
/// <param name="Address">The validator's address.</param>
/// <param name="Data">What an application says in its vote extensions: 16 bytes.</param>
internal sealed record Scene(
    HarnessOptions Options, long Height, BlockId A, BlockId B, Timestamp Time, ReadOnlyMemory<byte> Address, ReadOnlyMemory<byte> Data)
{
    public ChainId Chain => Options.Chain;

    public Scene Below => this with { Height = Height - 1 };

    /// <summary>Later than <see cref="Time"/>.</summary>
    public Timestamp Later => Time with { Seconds = Time.Seconds + 1 };

    public VoteMessage Prevote(BlockId? block, int round = 0) =>
        new(Chain, new Hrs(Height, round, Step.Prevote), block, Time) { ValidatorAddress = Address, SkipExtension = Options.Dialect.IsV1 };

    /// <summary>With extension data where the chain has them (cometbft internal/consensus/state.go, signVote).</summary>
    public VoteMessage Precommit(BlockId? block, int round = 0) =>
        new(Chain, new Hrs(Height, round, Step.Precommit), block, Time)
        {
            ValidatorAddress = Address,
            Extension = block is null || Options.ExtensionSignatures < 1 ? default : Data[..8],
            NonRpExtension = block is null || Options.ExtensionSignatures < 2 ? default : Data[8..],
            SkipExtension = Options.Dialect.IsV1 && !Options.VoteExtensions,
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
        return new Scene(options, _next - 1, NextBlock(), NextBlock(), NextTime(), Address, Bytes(16));
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
        new(options.Chain, new Hrs(height, round, Step.Prevote), NextBlock(), NextTime())
        {
            ValidatorAddress = Address, SkipExtension = options.Dialect.IsV1,
        };

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
