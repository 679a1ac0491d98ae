using Google.Protobuf;
using Kms.Harness.Wire;

namespace Kms.Harness.Checks;

/// <summary>What later versions may say: fields and requests that a signer does not know.</summary>
internal static class UnknownChecks
{
    // Field 1000 as a number and field 1001 as bytes: numbers that no dialect uses.
    private static readonly byte[] Unknown = [0xc0, 0x3e, 0x07, 0xca, 0x3e, 0x03, 0x01, 0x02, 0x03];

    public static IEnumerable<Check> All =>
    [
        new("unknown.fields", "Votes and proposals with unknown fields everywhere", "signatures as without them: a later version may add fields", scene =>
        [
            Extended(scene.Proposal(scene.A)), Extended(scene.Prevote(scene.A)), Extended(scene.Precommit(scene.A)),
        ]),
        new("unknown.request", "Requests of unknown kinds", "an error on an open connection: hanging up costs the node its signer", RequestAsync),
    ];

    /// <summary>A frame with a request of a kind that is not known: its field number, and a short body.</summary>
    private static byte[] Frame(int field)
    {
        using var body = new MemoryStream();
        using (var output = new CodedOutputStream(body, leaveOpen: true))
        {
            output.WriteTag(field, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(Google.Protobuf.ByteString.CopyFromUtf8("unknown"));
        }

        return [(byte)body.Length, .. body.ToArray()];
    }

    private static async Task<Finding> RequestAsync(HarnessSession session)
    {
        var last = "";
        foreach (var field in new[] { 11, 50 })
        {
            var reply = await session.Connection!.SendRawAsync(Frame(field), session.Options.Timeout, session.Cancelled);
            if (new Answer(reply, null).UnlessRefused() is { } wrong) return Finding.Fail($"a request of kind {field}: {wrong}");
            last = reply.ToString()!;
        }

        var scene = session.Messages.NextScene();
        var next = await Turn.PlayAsync(session, [Turn.MustSign(scene.Prevote(scene.A))]);
        return next.Outcome == CheckOutcome.Fail ? next : Finding.Pass(last);
    }

    private static Turn Extended(ConsensusMessage message)
    {
        var request = message.ToRequest();
        if (request.SignVoteRequest is { } vote)
        {
            vote.Vote.BlockId = With(vote.Vote.BlockId);
            vote.Vote = With(vote.Vote);
            request.SignVoteRequest = With(vote);
        }
        else
        {
            request.SignProposalRequest.Proposal.BlockId = With(request.SignProposalRequest.Proposal.BlockId);
            request.SignProposalRequest.Proposal = With(request.SignProposalRequest.Proposal);
            request.SignProposalRequest = With(request.SignProposalRequest);
        }

        return new Turn($"{message} with unknown fields", With(request), message, answer => answer.UnlessSigned());
    }

    // Google.Protobuf keeps what it does not know and writes it again.
    private static T With<T>(T message)
        where T : IMessage<T> => (T)message.Descriptor.Parser.ParseFrom([.. message.ToByteArray(), .. Unknown]);
}
