using System.Text;
using Kms.Core.Consensus;

namespace Kms.Testing;

/// <summary>Requests as a node would make them, for tests that do not look at bytes: the sign bytes are a text of all
/// fields, so that, as with CometBFT's, they are equal exactly when the fields are.</summary>
public static class Ask
{
    /// <summary>The chain of every request here.</summary>
    public static readonly ChainId Chain = new("test-chain-1");

    /// <summary>A block.</summary>
    public static readonly BlockId A = Block(0xAA);

    /// <summary>Another block.</summary>
    public static readonly BlockId B = Block(0xBB);

    /// <summary>The block whose hashes repeat <paramref name="fill"/>.</summary>
    public static BlockId Block(byte fill) => new(Hash(fill), 1, Hash((byte)(0xFF - fill)));

    /// <summary>A hash that repeats <paramref name="fill"/>.</summary>
    public static BlockHash Hash(byte fill)
    {
        var bytes = new byte[BlockHash.Size];
        bytes.AsSpan().Fill(fill);
        return BlockHash.FromBytes(bytes)!;
    }

    /// <summary>The request for a prevote; a null block is nil.</summary>
    public static VoteRequest Prevote(long height, int round, BlockId? block, long at = 1) => Vote(height, round, Step.Prevote, block, at);

    /// <summary>The request for a precommit; a null block is nil.</summary>
    public static VoteRequest Precommit(long height, int round, BlockId? block, long at = 1) => Vote(height, round, Step.Precommit, block, at);

    /// <summary>The request for a proposal.</summary>
    public static ProposalRequest Proposal(long height, int round, BlockId? block, long at = 1, int pol = -1) =>
        new(Chain, new Hrs(height, round, Step.Proposal), block, pol, new Timestamp(at, 0),
            Text($"proposal {height}/{round} {block} pol {pol} at {at}"));

    /// <summary>The request for a message of <paramref name="step"/>.</summary>
    public static SignRequest Any(long height, int round, Step step, BlockId? block, long at = 1) =>
        step == Step.Proposal ? Proposal(height, round, block, at) : Vote(height, round, step, block, at);

    private static VoteRequest Vote(long height, int round, Step step, BlockId? block, long at) =>
        new(Chain, new Hrs(height, round, step), block, new Timestamp(at, 0), Text($"{step} {height}/{round} {block} at {at}"));

    private static SignBytes Text(FormattableString text) => new(Encoding.UTF8.GetBytes(FormattableString.Invariant(text)));
}
