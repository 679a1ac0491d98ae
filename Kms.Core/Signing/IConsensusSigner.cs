using Kms.Core.Consensus;

namespace Kms.Core.Signing;

/// <summary>What came of asking a key to sign: a signature or the reason why there is none.</summary>
/// <param name="Signature">The signature, or null.</param>
/// <param name="Error">The reason, a sentence for the operator without secrets; null when signed.</param>
public readonly record struct SignOutcome(Signature? Signature, string? Error)
{
    /// <summary>Signed.</summary>
    public static SignOutcome Ok(Signature signature) => new(signature, null);

    /// <summary>Not signed.</summary>
    public static SignOutcome Failed(string error) => new(null, error);
}

/// <summary>A consensus key that can sign, wherever it lives. It signs whatever it is given: only the chain-state actor holds one,
/// and gives it only recorded bytes and what can be no consensus message.</summary>
public interface IConsensusSigner : IDisposable
{
    /// <summary>Provider and key for log lines, such as "softsign".</summary>
    string Provider { get; }

    /// <summary>The public key, known without touching the device.</summary>
    PublicKey PublicKey { get; }

    /// <summary>Whether it signs nothing but prevotes, precommits and proposals, as <see cref="ISigningDevice.SignsOnlyVotes"/>.</summary>
    bool SignsOnlyVotes => false;

    /// <summary>Signs <paramref name="message"/>. A device that fails, is gone or is late returns <see cref="SignOutcome.Failed"/>; it does not throw.</summary>
    /// <param name="message">Sign bytes; may be empty (see <see cref="VoteRequest.NonRpExtensionSignBytes"/>).</param>
    /// <param name="deadline">Cancelled when nobody waits for the signature any more.</param>
    ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline);
}
