namespace Kms.Harness;

/// <summary>A reply to a sign request, examined.</summary>
/// <param name="Reply">What came.</param>
/// <param name="Problem">For a signed reply: why a node cannot use it; null when it can.</param>
internal readonly record struct Answer(SignerReply Reply, string? Problem)
{
    /// <summary>Null when the reply is a usable signature, else a sentence.</summary>
    public string? UnlessSigned() => Reply switch
    {
        SignerReply.Signed => Problem,
        SignerReply.Error => $"{Reply}, but this must be signed: the validator misses it",
        _ => UnlessAnswered(),
    };

    /// <summary>Null when the reply is a refusal that leaves the connection open, else a sentence.</summary>
    public string? UnlessRefused() => Reply switch
    {
        SignerReply.Signed => Problem is null ? "signed, but this must be refused" : $"answered with a signature instead of refusing: {Problem}",
        SignerReply.Error { Leaked: not null } => "refused, but sent a signature along with the error",
        _ => UnlessAnswered(),
    };

    /// <summary>Null when the reply is a usable signature or a refusal, else a sentence.</summary>
    public string? UnlessSignedOrRefused() => Reply is SignerReply.Signed ? Problem : UnlessRefused();

    private string? UnlessAnswered() => Reply switch
    {
        SignerReply.Error => null,
        SignerReply.Closed => $"{Reply} instead of answering: the node loses its signer until it dials again",
        SignerReply.Malformed or SignerReply.TimedOut => $"{Reply}: the node drops the connection",
        _ => $"answered with {Reply}",
    };
}
