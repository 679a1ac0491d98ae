using Kms.Core.Consensus;

namespace Kms.Actors.Chain;

/// <summary>What becomes of the extensions of a precommit. One that carries none looks the same on every chain before CometBFT 1.0: with a key that cannot
/// sign extensions it is signed without, which is all that a chain without extensions needs. One that carries some is not signed at all: its node
/// needs both signatures, and panics where one is missing (cometbft types/vote.go, SignAndCheckVote).</summary>
internal sealed class ExtensionRule(ChainOptions options)
{
    private readonly bool _cannot = options.Signer?.SignsOnlyVotes ?? false;

    /// <summary>Why a request cannot be signed, before anything is recorded; null when it can.</summary>
    public string? WhyNot(SignRequest request) =>
        _cannot && options.SignExtensions && request is VoteRequest { CarriesExtension: true, ExtensionSignBytes: not null }
            ? $"{options.Signer!.Provider} cannot sign vote extensions, and this precommit has one: use another signer for this chain"
            : null;

    /// <summary>The request without extensions that are not signed: two votes that differ in nothing else get the same signature.</summary>
    public SignRequest WithoutUnsigned(SignRequest request) => request is VoteRequest vote && WhyNot(vote) is null && (_cannot || !options.SignExtensions)
        ? vote with { ExtensionSignBytes = null, NonRpExtensionSignBytes = null }
        : request;
}
