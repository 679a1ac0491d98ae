namespace Kms.Harness;

/// <summary>How a check ended.</summary>
public enum CheckOutcome
{
    /// <summary>As expected.</summary>
    Pass,

    /// <summary>Not as expected.</summary>
    Fail,

    /// <summary>Not applicable, or not reached.</summary>
    Skip,
}

/// <summary>What a check is about.</summary>
/// <param name="Id">Stable name, "group.check".</param>
/// <param name="Title">What is done, in a few words.</param>
/// <param name="Expected">What a good signer does, and why.</param>
public sealed record CheckInfo(string Id, string Title, string Expected);

/// <summary>The outcome of one check.</summary>
/// <param name="Check">The check.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Detail">What happened, as a sentence.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record CheckResult(CheckInfo Check, CheckOutcome Outcome, string Detail, TimeSpan Elapsed);
