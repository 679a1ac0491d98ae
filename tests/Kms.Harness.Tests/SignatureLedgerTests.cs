using Kms.Core.Consensus;
using Kms.Core.Signing;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Kms.Harness.Tests;

public class SignatureLedgerTests
{
    private static readonly byte[] Seed = [.. Enumerable.Repeat((byte)9, 32)];
    private static readonly PublicKey Key = KeyOf(Seed);
    private static readonly ChainId Chain = new("chain");
    private static readonly BlockId A = Block(1);
    private static readonly BlockId B = Block(2);

    private readonly SignatureLedger _ledger = new();

    [Fact]
    public void Different_blocks_at_one_position_conflict()
    {
        Sign(Prevote(A));
        Assert.NotNull(Sign(Prevote(B)).Conflict);
        Assert.Contains("DOUBLE SIGN", Assert.Single(_ledger.Conflicts).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nil_and_a_block_conflict()
    {
        Sign(Prevote(null));
        Assert.NotNull(Sign(Prevote(B)).Conflict);
    }

    [Fact]
    public void A_third_signature_conflicts_with_the_first_even_if_it_agrees_with_the_second()
    {
        Sign(Prevote(A));
        Sign(Prevote(B));
        Assert.NotNull(Sign(Prevote(B) with { Timestamp = new Timestamp(77, 0) }).Conflict);
    }

    [Fact]
    public void Another_timestamp_is_a_warning_for_votes_and_nothing_for_proposals()
    {
        Sign(Prevote(A));
        Assert.NotNull(Sign(Prevote(A) with { Timestamp = new Timestamp(77, 0) }).Warning);
        Sign(Proposal(A, -1));
        Assert.Equal(new LedgerFinding(true, null, null), Sign(Proposal(A, -1) with { Timestamp = new Timestamp(77, 0) }));
        Assert.Empty(_ledger.Conflicts);
    }

    [Fact]
    public void Other_rounds_steps_chains_and_keys_do_not_conflict()
    {
        Sign(Prevote(A));
        Sign(Prevote(B) with { Hrs = new Hrs(1, 1, Step.Prevote) });
        Sign(Prevote(B) with { Hrs = new Hrs(1, 0, Step.Precommit) });
        Sign(Prevote(B) with { Chain = new ChainId("other") });
        Sign(Proposal(B, -1));
        Sign(Prevote(B), [.. Enumerable.Repeat((byte)8, 32)]);
        Assert.Empty(_ledger.Conflicts);
        Assert.Equal(6, _ledger.Positions);
    }

    [Fact]
    public void Proposals_conflict_by_block_and_by_proof_of_lock_round()
    {
        Sign(Proposal(A, -1));
        Assert.NotNull(Sign(Proposal(A, 0)).Conflict);
        Assert.NotNull(Sign(Proposal(B, -1)).Conflict);
    }

    [Fact]
    public void What_is_no_genuine_signature_is_not_held_against_a_signer()
    {
        Sign(Prevote(A));
        Assert.False(_ledger.Observe(Key, Prevote(B), new SignerReply.Signed(new byte[64], Prevote(B).Timestamp, default)).Genuine);
        Assert.False(_ledger.Observe(Key, Prevote(B), new SignerReply.Error(2, "no", null)).Genuine);
        Assert.False(_ledger.Observe(Key, Prevote(B), new SignerReply.Closed("")).Genuine);
        Assert.Empty(_ledger.Conflicts);
    }

    [Fact]
    public void A_signature_that_comes_with_an_error_counts()
    {
        Sign(Prevote(A));
        Assert.NotNull(_ledger.Observe(Key, Prevote(B), new SignerReply.Error(2, "no", Signed(Prevote(B), Seed))).Conflict);
    }

    [Fact]
    public void A_vote_whose_reply_names_another_timestamp_than_it_signs_still_counts()
    {
        Sign(Prevote(A));
        Assert.NotNull(_ledger.Observe(Key, Prevote(B), Signed(Prevote(B), Seed) with { Timestamp = new Timestamp(1, 1) }).Conflict);
    }

    private LedgerFinding Sign(ConsensusMessage message, byte[]? seed = null) =>
        _ledger.Observe(KeyOf(seed ?? Seed), message, Signed(message, seed ?? Seed));

    private static SignerReply.Signed Signed(ConsensusMessage message, byte[] seed)
    {
        var bytes = message.SignBytes(message.Timestamp);
        var signature = new byte[64];
        Ed25519.Sign(seed, 0, bytes, 0, bytes.Length, signature, 0);
        return new SignerReply.Signed(signature, message.Timestamp, default);
    }

    private static VoteMessage Prevote(BlockId? block) => new(Chain, new Hrs(1, 0, Step.Prevote), block, new Timestamp(5, 0));

    private static ProposalMessage Proposal(BlockId block, int polRound) =>
        new(Chain, new Hrs(1, 0, Step.Proposal), block, polRound, new Timestamp(5, 0));

    private static BlockId Block(byte fill)
    {
        var hash = BlockHash.FromBytes([.. Enumerable.Repeat(fill, 32)])!;
        return new BlockId(hash, 1, hash);
    }

    private static PublicKey KeyOf(byte[] seed)
    {
        var key = new byte[32];
        Ed25519.GeneratePublicKey(seed, 0, key, 0);
        return new PublicKey(KeyAlgorithm.Ed25519, key);
    }
}
