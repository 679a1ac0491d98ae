using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Protocol.Privval;
using Kms.Protocol.SignBytes;

namespace Kms.Protocol.Tests.Privval;

/// <summary>The straight line from frame to signature without actors, disk and sockets: decode, decide, apply, sign, verify, encode.</summary>
internal sealed class StraightLine(ChainId chain, byte[] seed, PublicKey key, bool signsExtensions)
{
    /// <summary>Where the chain stands; at first before height 1.</summary>
    public Watermark State { get; set; } = new(chain, Hrs.EndOf(new Height(0)), Last: null);

    /// <summary>What the rules said to the newest request; null where it did not reach them.</summary>
    public SignDecision? Decision { get; private set; }

    /// <summary>Answers a frame with a frame.</summary>
    public byte[] Answer(byte[] frame) => Wire.Decode(frame) switch
    {
        PrivvalRequest.Ping => PrivvalEncoder.Ping(),
        PrivvalRequest.PubKey { Chain: var asked } when asked == chain => PrivvalEncoder.PubKey(key),
        PrivvalRequest.PubKey { Chain: var asked } =>
            PrivvalEncoder.PubKeyError(RemoteSignerError.From(
                new Refusal(RefusalReason.WrongChain, chain, null, null, $"the request names chain {asked}"))),
        PrivvalRequest.SignVote { Vote: var vote, Asked: var asked } => PrivvalEncoder.Vote(vote, Sign(asked)),
        PrivvalRequest.SignProposal { Proposal: var proposal, Asked: var asked } => PrivvalEncoder.Proposal(proposal, Sign(asked)),
        PrivvalRequest.Unknown { Field: var field } => PrivvalEncoder.Refusal(field, new Refusal(RefusalReason.InvalidRequest, chain, null, null)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Decides and signs.</summary>
    public SignReply Sign(Asked asked)
    {
        Decision = asked.Request is null ? null : DoubleSignRules.Decide(State, chain, asked.Request);
        switch (Decision)
        {
            case SignDecision.Advance { Event: var stored }:
                State = Watermark.Apply(State, stored, out var contradiction);
                Assert.Null(contradiction);
                return Signed(stored.Message);
            case SignDecision.SignAgain { Recorded: var recorded }:
                return Signed(recorded);
            case SignDecision.Refuse { Refusal: var refusal }:
                return new SignReply.Refused(refusal);
            default:
                return new SignReply.Refused(new Refusal(RefusalReason.InvalidRequest, chain, null, null, asked.Error!));
        }

        SignReply.Signed Signed(SignedMessage message)
        {
            var vote = signsExtensions ? asked.Request as VoteRequest : null;
            return new SignReply.Signed(
                Sign(message.SignBytes), message.Timestamp, vote?.ExtensionSignBytes is { } extension ? Sign(extension) : null)
            {
                NonRpExtensionSignature = vote?.NonRpExtensionSignBytes is { } nonRpExtension ? Sign(nonRpExtension) : null,
            };
        }
    }

    private Signature Sign(Core.Consensus.SignBytes message)
    {
        var signature = CometBft.Sign(seed, message.Span);
        Assert.True(SignatureVerifier.Verify(key, message.Span, signature));
        return signature;
    }
}
