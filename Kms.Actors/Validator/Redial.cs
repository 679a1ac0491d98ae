namespace Kms.Actors.Validator;

/// <summary>The pauses between dials: doubling from the shortest to the longest, each with up to a fifth of jitter, so that many signers
/// do not dial in step.</summary>
/// <param name="shortest">First pause.</param>
/// <param name="longest">Longest pause, jitter aside.</param>
/// <param name="random">Source of the jitter.</param>
public sealed class Redial(TimeSpan shortest, TimeSpan longest, Random random)
{
    private int _failures;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var pause = shortest * Math.Pow(2, _failures);
        if (pause < longest) _failures++;
        return (pause < longest ? pause : longest) * (0.9 + (0.2 * random.NextDouble()));
    }

    /// <summary>A connection was made: begin again with the shortest.</summary>
    public void Reset() => _failures = 0;
}
