using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;

namespace Kms.Hardware.Tests.Ledger;

/// <summary>Sign bytes.</summary>
internal static class LedgerMessages
{
    /// <summary>As long as a timestamp of this age gets.</summary>
    public static readonly Timestamp Noon = new(1_700_000_000, 999_999_999);

    public static readonly BlockId Block = new(BlockHash.FromBytes(Bytes(0xAA))!, 1, BlockHash.FromBytes(Bytes(0xBB))!);

    public static readonly ChainId Chain = new("test-chain");

    public static SignBytes Prevote(long height, int round = 0, Timestamp? time = null, ChainId? chain = null) =>
        CanonicalSignBytes.Vote(chain ?? Chain, CanonicalSignBytes.PrevoteType, height, round, Block, time ?? Noon);

    public static SignBytes Precommit(long height, int round = 0, ChainId? chain = null) =>
        CanonicalSignBytes.Vote(chain ?? Chain, CanonicalSignBytes.PrecommitType, height, round, Block, Noon);

    public static SignBytes Proposal(long height, int round = 0, ChainId? chain = null) =>
        CanonicalSignBytes.Proposal(chain ?? Chain, height, round, -1, Block, Noon);

    private static byte[] Bytes(byte value) => [.. Enumerable.Repeat(value, 32)];
}
