using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Actors.Tests.Chain;

/// <summary>The requests of <see cref="Ask"/> with their real sign bytes, which a recovery computes anew.</summary>
internal static class Canonical
{
    public static VoteRequest Prevote(long height, int round, BlockId? block, long at = 1) => With(Ask.Prevote(height, round, block, at));

    public static VoteRequest Precommit(long height, int round, BlockId? block, long at = 1, string? extension = null)
    {
        var request = With(Ask.Precommit(height, round, block, at));
        return extension is null ? request : request with
        {
            CarriesExtension = true,
            ExtensionSignBytes = CanonicalSignBytes.VoteExtension(request.Chain, height, round, System.Text.Encoding.UTF8.GetBytes(extension)),
        };
    }

    public static ProposalRequest Proposal(long height, int round, BlockId? block, long at = 1, int pol = -1) => With(Ask.Proposal(height, round, block, at, pol));

    public static SignRequest Any(long height, int round, Step step, BlockId? block, long at = 1) => With(Ask.Any(height, round, step, block, at));

    private static T With<T>(T request) where T : SignRequest =>
        (T)(request with { SignBytes = CanonicalSignBytes.Of(request.Chain, SignedMessage.Of(request)) });
}
