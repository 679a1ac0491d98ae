namespace Kms.Harness.Tests;

/// <summary>What a scripted signer does wrong. Each is a way real signers have failed.</summary>
public enum Flaw
{
    None,
    SignsOtherPrevote,
    SignsOtherProposal,
    SignsBlockAfterNil,
    SignsOtherPartsTotal,
    SignsOtherPolRound,
    OldSignatureForNewProposalTimestamp,
    NewTimestampWithOldVoteSignature,
    SecondSignatureForNewVoteTimestamp,
    HangsUpOnRegression,
    HangsUpOnWrongChain,
    SignsForAnyChain,
    NilWrittenAsEmptyBlock,
    NoLengthPrefix,
    ExtensionSignatureOnPrevote,
    NoExtensionSignature,
    NoExtensionSignatureWhenAskedAgain,
    LongErrors,
    NeverRedials,
    WrongPublicKey,
    ForgetsOnReconnect,
    OneBlockPerRound,
    SignatureAlongWithError,
    HangsUpOnUnknownVoteType,
    DiesOfGarbage,
    RacesBetweenConnections,
    SilentOnPing,
}
