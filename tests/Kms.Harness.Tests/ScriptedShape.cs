using Google.Protobuf;
using Kms.Harness.Wire;

namespace Kms.Harness.Tests;

/// <summary>What a careful signer does not sign as an extension or as raw bytes.</summary>
internal static class ScriptedShape
{
    /// <summary>Whether a length and a canonical vote or proposal: both have their type in field 1.</summary>
    public static bool IsVote(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var body = bytes[(bytes.IndexOfAnyInRange((byte)0, (byte)0x7f) + 1)..];
            return CanonicalVote.Parser.ParseFrom(body).Type != SignedMsgType.Unknown;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }
}
