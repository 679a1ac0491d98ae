using System.Buffers.Binary;

namespace Kms.Testing.Ledger;

/// <summary>What is signed, as far as the app looks.</summary>
public enum VoteType : byte
{
    /// <summary>SIGNED_MSG_TYPE_PREVOTE.</summary>
    Prevote = 0x01,

    /// <summary>SIGNED_MSG_TYPE_PRECOMMIT.</summary>
    Precommit = 0x02,

    /// <summary>SIGNED_MSG_TYPE_PROPOSAL.</summary>
    Proposal = 0x20,
}

/// <summary>The three fields that the app reads: all that its rules and its screen know of a message.</summary>
public readonly record struct VoteHeader(VoteType Type, long Height, byte Round)
{
    /// <summary>Whether the app signs this after it has signed <paramref name="last"/>. It knows nothing of locks, block ids and chains.</summary>
    public bool ComesAfter(VoteHeader last)
    {
        if (Height != last.Height) return Height > last.Height;
        if (Round != last.Round) return Round > last.Round;
        return Type switch
        {
            VoteType.Prevote => last.Type == VoteType.Proposal,
            VoteType.Precommit => last.Type != VoteType.Precommit,
            _ => false,
        };
    }

    /// <summary>Reads sign bytes as the app does: a length, which must take one byte, then fields up to the first that is not one of the three.</summary>
    public static ParseFault TryParse(ReadOnlySpan<byte> message, out VoteHeader header)
    {
        header = default;
        if (Length(message) is not { } length) return ParseFault.EndsEarly;
        if (length + 1 != (ulong)message.Length) return ParseFault.Size;
        var (type, height, round) = ((byte)0, 0L, 0L);
        for (var rest = message[1..]; rest.Length > 0 && rest[0] >> 3 < 4;)
        {
            var (field, wire) = (rest[0] >> 3, rest[0] & 7);
            if (field == 0) return ParseFault.UnexpectedField;
            if (wire != (field == 1 ? 0 : 1)) return ParseFault.WireType;
            var size = field == 1 ? 1 : sizeof(long);
            if (rest.Length < 1 + size) return ParseFault.EndsEarly;
            if (field == 1) type = rest[1];
            else if (field == 2) height = BinaryPrimitives.ReadInt64LittleEndian(rest[1..]);
            else round = BinaryPrimitives.ReadInt64LittleEndian(rest[1..]);
            if (round is < 0 or > byte.MaxValue) return ParseFault.Round;
            rest = rest[(1 + size)..];
        }

        // Which of the two is looked at first is [app, unverified].
        if (!Enum.IsDefined((VoteType)type)) return ParseFault.Type;
        // The round is kept in a signed byte, and one over 127 is found out together with the height.
        if (height < 0 || round > sbyte.MaxValue) return ParseFault.Height;
        header = new VoteHeader((VoteType)type, height, (byte)round);
        return ParseFault.None;
    }

    // A varint of any size; null when it has no end.
    private static ulong? Length(ReadOnlySpan<byte> message)
    {
        ulong length = 0;
        for (var i = 0; i < message.Length && i < 9; i++)
        {
            length |= (ulong)(message[i] & 0x7F) << (7 * i);
            if (message[i] < 0x80) return length;
        }

        return null;
    }
}
