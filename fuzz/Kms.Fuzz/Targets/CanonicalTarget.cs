using System.Buffers.Binary;
using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;
using Bytes = Kms.Core.Consensus.SignBytes;

namespace Kms.Fuzz.Targets;

/// <summary>Bytes that are read as a vote or proposal are exactly the ones it is signed with, a vote extension is never read as one, and whatever is signed
/// has a shape that raw bytes may not have. Input: any bytes.</summary>
internal static class CanonicalTarget
{
    public static bool Run(ReadOnlySpan<byte> input)
    {
        var bytes = new Bytes(input);
        var isMessage = CanonicalMessage.TryParse(bytes, out var chain, out var message);
        Property.Holds(isMessage == chain is not null && isMessage == message is not null, "a message without a chain, or a chain without a message");
        if (isMessage)
        {
            Property.Holds(message!.SignBytes == bytes, "a message has other sign bytes than it was read from");
            Property.Holds(CanonicalSignBytes.Of(chain!, message) == bytes, "a message is signed with other bytes than it was read from");
            Property.Holds(message.Timestamp.IsValid, "a message with a timestamp that no node sends");
            Property.Holds(CanonicalShape.Of(input) is not null, "a message without the shape of one");
        }

        Extension(input);
        return isMessage;
    }

    // The extension is a node's to choose; the rest is as the request has it.
    private static void Extension(ReadOnlySpan<byte> input)
    {
        Span<byte> head = stackalloc byte[12];
        head.Clear();
        input[..Math.Min(input.Length, head.Length)].CopyTo(head);
        var height = BinaryPrimitives.ReadInt64LittleEndian(head);
        var round = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        var extension = CanonicalSignBytes.VoteExtension(new ChainId(input[..Math.Min(input.Length, 20)]), height, round, input);
        Property.Holds(!CanonicalMessage.TryParse(extension, out _, out _), "the sign bytes of an extension are those of a message");
        Property.Holds((height, round) == (0, 0) || CanonicalShape.Of(extension.Span) is not null, "an extension without the shape of one");
    }
}
