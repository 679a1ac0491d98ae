using System.Text.Unicode;
using Kms.Protocol.Protobuf;

namespace Kms.Protocol.SignBytes;

/// <summary>Tells bytes that a chain could take for a signed message from bytes that mean nothing to it. Bytes that somebody else may choose are
/// signed only if they mean nothing: otherwise two votes could be signed for one height.</summary>
/// <remarks>More is recognised than the exact encodings of Tendermint and CometBFT (types/canonical.go of 0.26 to 2.0, amino and protobuf): fields
/// in any order, missing or repeated, numbers written in too many bytes, of any chain, with their length in front or without. Of random
/// values of 32 bytes, fewer than one in a hundred million is taken for a message.</remarks>
public static class CanonicalShape
{
    private const char Varint = 'v';
    private const char Fixed64 = 'f';

    // Wire types of the fields 1, 2, 3 and so on; b are bytes.
    private const string Vote = "vffbbb";
    private const string Proposal = "vffvbbb";
    private const string AminoProposal = "vfffbbb";
    private const string Extension = "bffb";

    /// <summary>What the bytes would be to a chain; null when nothing.</summary>
    /// <param name="bytes">What a key is asked to sign.</param>
    /// <returns>"a vote", "a proposal", "a vote extension" or "a raw-bytes message"; null for everything else.</returns>
    public static string? Of(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(RawBytesSignBytes.Prefix) ? "a raw-bytes message" : OfDelimited(bytes) ?? OfMessage(bytes, isDelimited: false);

    private static string? OfDelimited(ReadOnlySpan<byte> bytes)
    {
        // A length ends at the first byte without a continuation bit and has at most ten.
        var size = bytes.IndexOfAnyInRange((byte)0, (byte)0x7F) + 1;
        if (size is 0 or > 10) return null;
        ulong length = 0;
        for (var i = 0; i < size; i++) length |= (bytes[i] & 0x7FUL) << (7 * i);
        return length == (ulong)(bytes.Length - size) ? OfMessage(bytes[size..], isDelimited: true) : null;
    }

    private static string? OfMessage(ReadOnlySpan<byte> bytes, bool isDelimited)
    {
        if (Fields.TryRead(bytes, Vote, out var vote) && vote.Type is CanonicalSignBytes.PrevoteType or CanonicalSignBytes.PrecommitType) return "a vote";
        if (Fields.TryRead(bytes, Proposal, out var proposal) && proposal.Type == CanonicalSignBytes.ProposalType) return "a proposal";
        if (Fields.TryRead(bytes, AminoProposal, out var amino) && amino.Type == CanonicalSignBytes.ProposalType) return "a proposal";
        return Fields.TryRead(bytes, Extension, out var extension) && extension.HasPosition && (isDelimited || extension.HasChainId)
            ? "a vote extension"
            : null;
    }

    private struct Fields
    {
        /// <summary>The last value of field 1 where that is a number: the type of a vote or proposal, which every one of them has.</summary>
        public int Type { get; private set; }

        /// <summary>Whether there is a height or a round. No chain has an extension of height 0 and round 0, and what would be left of one is what a text
        /// that begins with a quote or a line feed can be as well.</summary>
        public bool HasPosition { get; private set; }

        /// <summary>Whether field 4 is a text, as the chain id of a genesis file is. Without a length in front (no chain signs such bytes), one in two
        /// million random values of 32 bytes would be an extension otherwise.</summary>
        public bool HasChainId { get; private set; }

        public static bool TryRead(ReadOnlySpan<byte> bytes, string wireTypes, out Fields fields)
        {
            fields = default;
            var reader = new ProtoReader(bytes);
            while (reader.Next())
            {
                if (reader.Field > wireTypes.Length) return false;
                fields.Read(ref reader, wireTypes[reader.Field - 1]);
            }

            return reader.Error is null;
        }

        private void Read(ref ProtoReader reader, char wireType)
        {
            switch (wireType)
            {
                case Varint when reader.Field == 1: Type = reader.Int32(); break;
                case Varint: reader.Int32(); break;
                case Fixed64:
                    reader.Fixed64();
                    HasPosition = true;
                    break;
                default:
                    var value = reader.Bytes();
                    HasChainId |= reader.Field == 4 && !value.IsEmpty && Utf8.IsValid(value);
                    break;
            }
        }
    }
}
