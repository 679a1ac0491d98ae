using Kms.Core.Consensus;
using Kms.Protocol.Protobuf;

namespace Kms.Protocol.Privval;

/// <summary>The fields of a vote or proposal while they are read. A field that occurs twice is overwritten, an embedded message
/// merged, so the state must outlive a single pass.</summary>
internal ref struct MessageFields
{
    private int _type;
    private long _height;
    private int _round;
    private int _polRound;
    private int _validatorIndex;
    private uint _partsTotal;
    private Timestamp _timestamp = Timestamp.GoZero;
    private ReadOnlySpan<byte> _hash;
    private ReadOnlySpan<byte> _partsHash;
    private ReadOnlySpan<byte> _validatorAddress;
    private ReadOnlySpan<byte> _extension;
    private ReadOnlySpan<byte> _nonRpExtension;

    public MessageFields() { }

    /// <summary>Whether the message was there at all.</summary>
    public bool Present { get; private set; }

    public void ReadVote(ref ProtoReader outer)
    {
        Present = true;
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: _type = reader.Int32(); break;
                case 2: _height = reader.Int64(); break;
                case 3: _round = reader.Int32(); break;
                case 4: ReadBlockId(ref reader); break;
                case 5: ReadTimestamp(ref reader); break;
                case 6: _validatorAddress = reader.Bytes(); break;
                case 7: _validatorIndex = reader.Int32(); break;
                case 8 or 10 or 12: reader.Bytes(); break;
                case 9: _extension = reader.Bytes(); break;
                case 11: _nonRpExtension = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        outer.Fail(reader.Error);
    }

    public void ReadProposal(ref ProtoReader outer)
    {
        Present = true;
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: _type = reader.Int32(); break;
                case 2: _height = reader.Int64(); break;
                case 3: _round = reader.Int32(); break;
                case 4: _polRound = reader.Int32(); break;
                case 5: ReadBlockId(ref reader); break;
                case 6: ReadTimestamp(ref reader); break;
                case 7: reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        outer.Fail(reader.Error);
    }

    public readonly Vote ToVote() => new(
        _type, _height, _round, ToBlockId(), _timestamp, _validatorAddress.ToArray(), _validatorIndex,
        _extension.ToArray(), _nonRpExtension.ToArray());

    public readonly Proposal ToProposal() => new(_type, _height, _round, _polRound, ToBlockId(), _timestamp);

    private readonly WireBlockId ToBlockId() => new(_hash.ToArray(), _partsTotal, _partsHash.ToArray());

    private void ReadBlockId(ref ProtoReader outer)
    {
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: _hash = reader.Bytes(); break;
                case 2: ReadPartSetHeader(ref reader); break;
                default: reader.Skip(); break;
            }
        }

        outer.Fail(reader.Error);
    }

    private void ReadPartSetHeader(ref ProtoReader outer)
    {
        var reader = new ProtoReader(outer.Bytes());
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: _partsTotal = reader.UInt32(); break;
                case 2: _partsHash = reader.Bytes(); break;
                default: reader.Skip(); break;
            }
        }

        outer.Fail(reader.Error);
    }

    // Unlike other embedded messages, Go replaces a repeated timestamp.
    private void ReadTimestamp(ref ProtoReader outer)
    {
        _timestamp = ProtoTimestamp.Decode(outer.Bytes(), out var error);
        outer.Fail(error);
    }
}
