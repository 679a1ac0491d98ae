using System.Buffers.Binary;
using Kms.Core.Consensus;

namespace Kms.Hardware.Ledger;

/// <summary>What the app can sign (its src/lib/vote_parser.c, version 0.9.1), so that a message it cannot sign is refused here with a reason. The app's own
/// rule on height, round and step is not repeated here: its state is not known.</summary>
public static class AppRules
{
    /// <summary>Most bytes of a message without the length in front.</summary>
    public const int MaxPayload = 127;

    /// <summary>The highest round.</summary>
    public const int MaxRound = 127;

    private const byte TypeTag = 0x08;
    private const byte ExtensionTag = 0x0A;
    private const byte HeightTag = 0x11;
    private const byte RoundTag = 0x19;
    private const byte FirstUnread = 0x20;

    private const string NotCanonical = "the Ledger app signs only canonical prevotes, precommits and proposals: this is none";

    /// <summary>Reads what the app reads of a message: everything before block, timestamp and chain id.</summary>
    /// <param name="message">Sign bytes, their length in front.</param>
    /// <param name="position">The position that the app shows; default when refused.</param>
    /// <returns>Null, or why the app cannot sign it.</returns>
    public static string? Read(SignBytes message, out Hrs position)
    {
        position = default;
        if (!TryPayload(message.Span, out var payload)) return NotCanonical;
        if (payload is [ExtensionTag, ..] || payload is [HeightTag, ..])
            return "the Ledger app cannot sign vote extensions: use another signer for a chain that has them";
        if (payload is not [TypeTag, var type, ..] || Step(type) is not { } step) return NotCanonical;

        var size = payload.Length;
        payload = payload[2..];
        if (!TryNumber(ref payload, HeightTag, out var height) || !TryNumber(ref payload, RoundTag, out var round)) return NotCanonical;
        if (height < 0) return $"the Ledger app cannot sign at height {height}";
        if (round is < 0 or > MaxRound) return $"the Ledger app cannot sign in round {round}: the highest is {MaxRound}";
        // A field that comes again, or one whose number is written in too many bytes: the app might read another position than the one that was decided on.
        if (payload is [< FirstUnread or >= 0x80, ..]) return NotCanonical;
        if (size > MaxPayload) return $"the Ledger app signs messages of at most {MaxPayload} bytes, and this one has {size}: the chain id is too long for it";
        position = new Hrs(height, (int)round, step);
        return null;
    }

    private static Step? Step(byte type) => type switch
    {
        0x01 => Core.Consensus.Step.Prevote,
        0x02 => Core.Consensus.Step.Precommit,
        0x20 => Core.Consensus.Step.Proposal,
        _ => null,
    };

    private static bool TryPayload(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        long length = 0;
        for (var i = 0; i < Math.Min(message.Length, 4); i++)
        {
            length |= (long)(message[i] & 0x7F) << (7 * i);
            if (message[i] >= 0x80) continue;
            payload = message[(i + 1)..];
            return payload.Length == length && (i == 0 || message[i] != 0);
        }

        return false;
    }

    /// <summary>Takes a number that is left out where it is zero; false when it is cut short.</summary>
    private static bool TryNumber(ref ReadOnlySpan<byte> payload, byte tag, out long number)
    {
        number = 0;
        if (payload.IsEmpty || payload[0] != tag) return true;
        if (payload.Length < 1 + sizeof(long)) return false;
        number = BinaryPrimitives.ReadInt64LittleEndian(payload[1..]);
        payload = payload[(1 + sizeof(long))..];
        return true;
    }
}
