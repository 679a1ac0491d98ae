using Kms.Core;
using Kms.Protocol.Framing;
using Kms.Protocol.Privval;

namespace Kms.Protocol.Tests.Privval;

/// <summary>From a delimited frame to a request, through the product's parser and decoder.</summary>
internal static class Wire
{
    /// <summary>Decodes the first frame; null with the reason where that is refused.</summary>
    public static PrivvalRequest? TryDecode(byte[] frame, out string? error, int limit = Limits.MaxRequestBytes)
    {
        switch (FrameParser.Parse(frame, limit, out var body, out error))
        {
            case FrameStatus.Complete:
                return PrivvalDecoder.TryDecode(frame.AsSpan(body), out var request, out error) ? request : null;
            case FrameStatus.Incomplete:
                error = "incomplete";
                return null;
            default:
                return null;
        }
    }

    /// <summary>Decodes a frame that must be well-formed.</summary>
    public static PrivvalRequest Decode(byte[] frame)
    {
        var request = TryDecode(frame, out var error);
        return request ?? throw new InvalidOperationException(error);
    }

    /// <summary>The sign request in a frame, valid or not; null where it is another message.</summary>
    public static Asked? Asked(PrivvalRequest? request) => request switch
    {
        PrivvalRequest.SignVote { Asked: var asked } => asked,
        PrivvalRequest.SignProposal { Asked: var asked } => asked,
        _ => null,
    };

    /// <summary>All fields as a text: two requests are the same exactly when their texts are.</summary>
    public static string Describe(PrivvalRequest request) => request switch
    {
        PrivvalRequest.SignVote { Chain: var chain, Vote: var v, Asked: var asked } =>
            $"vote of {Hex(chain.Utf8)}: {v.Type} {v.Height}/{v.Round} {Describe(v.BlockId)} {v.Timestamp} "
            + $"{Hex(v.ValidatorAddress.Span)} {v.ValidatorIndex} {Hex(v.Extension.Span)} {Hex(v.NonRpExtension.Span)}; {asked.Request} {asked.Error}",
        PrivvalRequest.SignProposal { Chain: var chain, Proposal: var p, Asked: var asked } =>
            $"proposal of {Hex(chain.Utf8)}: {p.Type} {p.Height}/{p.Round} pol {p.PolRound} {Describe(p.BlockId)} {p.Timestamp}; "
            + $"{asked.Request} {asked.Error}",
        PrivvalRequest.PubKey { Chain: var chain } => $"public key of {Hex(chain.Utf8)}",
        _ => request.ToString(),
    };

    private static string Describe(WireBlockId block) => $"{Hex(block.Hash.Span)}:{block.PartsTotal}:{Hex(block.PartsHash.Span)}";

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
