using System.Diagnostics.CodeAnalysis;
using Kms.Core.Consensus;
using Kms.Protocol.Protobuf;
using Bytes = Kms.Core.Consensus.SignBytes;

namespace Kms.Protocol.SignBytes;

/// <summary>Reads sign bytes back into the message they were made of, as other signers' state files have them. What was read is written again
/// with <see cref="CanonicalSignBytes"/> and must give the same bytes: nothing is accepted that this signer would not have signed so.</summary>
public static class CanonicalMessage
{
    /// <summary>Decodes a canonical vote or proposal; vote extensions and everything else are refused.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <param name="chain">The chain the message is for; null on failure.</param>
    /// <param name="message">The message, with <paramref name="bytes"/> as its sign bytes; null on failure.</param>
    public static bool TryParse(Bytes bytes, [NotNullWhen(true)] out ChainId? chain, [NotNullWhen(true)] out SignedMessage? message)
    {
        (chain, message) = (null, null);
        if (!TryRead(bytes, out var named, out var read) || CanonicalSignBytes.Of(named, read) != bytes) return false;
        (chain, message) = (named, read);
        return true;
    }

    private static bool TryRead(Bytes bytes, [NotNullWhen(true)] out ChainId? chain, [NotNullWhen(true)] out SignedMessage? message)
    {
        (chain, message) = (null, null);
        // The length in front ends at the first byte without a continuation bit. Whether it is the right one shows when it is written again.
        var reader = new ProtoReader(bytes.Span[(bytes.Span.IndexOfAnyInRange((byte)0, (byte)0x7F) + 1)..]);
        if (!reader.Next() || reader.Field != 1) return false;
        Step step;
        switch (reader.Int64())
        {
            case CanonicalSignBytes.ProposalType: step = Step.Proposal; break;
            case CanonicalSignBytes.PrevoteType: step = Step.Prevote; break;
            case CanonicalSignBytes.PrecommitType: step = Step.Precommit; break;
            default: return false;
        }

        var fields = new Fields();
        fields.Read(ref reader, step == Step.Proposal);
        if (reader.Error is not null || !IsInt32(fields.Round) || !IsInt32(fields.PolRound)) return false;
        if (!TryBlock(fields, out var block)) return false;

        var hrs = new Hrs(fields.Height, (int)fields.Round, step);
        message = new SignedMessage(hrs, block, step == Step.Proposal ? (int)fields.PolRound : null, fields.Timestamp, bytes);
        chain = new ChainId(fields.Chain);
        return true;
    }

    private static bool IsInt32(long value) => value is >= int.MinValue and <= int.MaxValue;

    private static bool TryBlock(in Fields fields, out BlockId? block)
    {
        block = null;
        if (BlockHash.FromBytes(fields.Hash) is not { } hash || BlockHash.FromBytes(fields.PartsHash) is not { } partsHash) return false;
        var id = new BlockId(hash, fields.PartsTotal, partsHash);
        if (!id.IsZero) block = id;
        return true;
    }

    /// <summary>The fields of CanonicalVote and, moved by one after the proof-of-lock round, of CanonicalProposal.</summary>
    private ref struct Fields
    {
        public long Height;
        public long Round;
        public long PolRound;
        public uint PartsTotal;
        public ReadOnlySpan<byte> Hash;
        public ReadOnlySpan<byte> PartsHash;
        public ReadOnlySpan<byte> Chain;
        public Timestamp Timestamp;

        public void Read(ref ProtoReader reader, bool isProposal)
        {
            while (reader.Next())
            {
                switch (isProposal && reader.Field > 4 ? reader.Field - 1 : reader.Field)
                {
                    case 2: Height = reader.Fixed64(); break;
                    case 3: Round = reader.Fixed64(); break;
                    case 4 when isProposal && reader.Field == 4: PolRound = reader.Int64(); break;
                    case 4: ReadBlockId(ref reader); break;
                    case 5: Timestamp = ReadTimestamp(ref reader); break;
                    case 6: Chain = reader.Bytes(); break;
                    default: reader.Fail("unknown field"); break;
                }
            }
        }

        private void ReadBlockId(ref ProtoReader outer)
        {
            var reader = new ProtoReader(outer.Bytes());
            while (reader.Next())
            {
                if (reader.Field == 1) Hash = reader.Bytes();
                else if (reader.Field == 2) ReadParts(ref reader);
                else reader.Fail("unknown field");
            }

            outer.Fail(reader.Error);
        }

        private void ReadParts(ref ProtoReader outer)
        {
            var reader = new ProtoReader(outer.Bytes());
            while (reader.Next())
            {
                if (reader.Field == 1) PartsTotal = reader.UInt32();
                else if (reader.Field == 2) PartsHash = reader.Bytes();
                else reader.Fail("unknown field");
            }

            outer.Fail(reader.Error);
        }

        private static Timestamp ReadTimestamp(ref ProtoReader outer)
        {
            var timestamp = ProtoTimestamp.Decode(outer.Bytes(), out var error);
            outer.Fail(error);
            return timestamp;
        }
    }
}
