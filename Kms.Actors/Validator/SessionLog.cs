using Akka.Event;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Actors.Validator;

/// <summary>The log lines of a connection, worded as in tmkms because people and their alerts read them. Refusals that a lagging node
/// causes by the hundred are counted instead of repeated.</summary>
public sealed class SessionLog(ValidatorOptions options, ILoggingAdapter log, TimeProvider clock)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private readonly Dictionary<RefusalReason, (long Since, int Suppressed)> _refusals = [];

    /// <summary>A sign request was answered.</summary>
    public void Answered(SignRequest? request, SignReply reply, TimeSpan took)
    {
        switch (reply)
        {
            case SignReply.Signed signed:
                log.Info("[{0}] signed {1}:{2} at h/r/s {3} ({4} ms)", options, Kind(request!), BlockId.Describe(request!.Block), request.Hrs, (long)took.TotalMilliseconds);
                if (signed.ExtensionSignature is not null) log.Debug("[{0}] signed vote extension at h/r/s {1}", options, request.Hrs);
                break;
            // Each of several nodes makes a proposal of its own; the first one's is signed. No proposal is evidence.
            case SignReply.Refused { Refusal: { Reason: RefusalReason.DoubleSign } refusal } when request is ProposalRequest:
                Counted(LogLevel.InfoLevel, $"another Proposal at h/r/s {request.Hrs}", refusal);
                break;
            case SignReply.Refused { Refusal: { Reason: RefusalReason.DoubleSign } refusal }:
                log.Error("[{0}] attempted double sign {1} at h/r/s: {2} ({3})", options, Kind(request!), request!.Hrs, refusal.Detail);
                break;
            case SignReply.Refused { Refusal: { Reason: RefusalReason.AboveMaxHeight } refusal }:
                Refused($"attempted to sign at height {request!.Hrs.Height} which is greater than {options.MaxHeight}", refusal);
                break;
            case SignReply.Refused refused:
                Refused(request is null ? "request" : $"{Kind(request)} at h/r/s {request.Hrs}", refused.Refusal);
                break;
        }
    }

    /// <summary>A request for a signature over raw bytes was answered.</summary>
    public void AnsweredRaw(RawBytesRequest request, SignReply reply, TimeSpan took)
    {
        if (reply is SignReply.Refused refused) Refused($"raw bytes ({request.Purpose})", refused.Refusal);
        else log.Info("[{0}] signed raw bytes: {1} ({2} ms)", options, request.Purpose, (long)took.TotalMilliseconds);
    }

    /// <summary>A request was refused for a reason that is no double sign.</summary>
    public void Refused(string what, Refusal refusal)
    {
        // A rogue or broken node, or a chain that needs its operator.
        var isError = refusal.Reason is RefusalReason.HeightJump or RefusalReason.RawBytesAreMessage;
        Counted(isError ? LogLevel.ErrorLevel : LogLevel.WarningLevel, what, refusal);
    }

    private void Counted(LogLevel level, string what, Refusal refusal)
    {
        var known = _refusals.TryGetValue(refusal.Reason, out var last);
        if (known && clock.GetElapsedTime(last.Since) < Quiet)
        {
            _refusals[refusal.Reason] = (last.Since, last.Suppressed + 1);
            return;
        }

        _refusals[refusal.Reason] = (clock.GetTimestamp(), 0);
        var more = last.Suppressed > 0 ? $" (and {last.Suppressed} more like it)" : "";
        const string line = "[{0}] refused {1}: {2}{3}";
        if (level == LogLevel.ErrorLevel) log.Error(line, options, what, refusal, more);
        else if (level == LogLevel.WarningLevel) log.Warning(line, options, what, refusal, more);
        else log.Info(line, options, what, refusal, more);
    }

    private static string Kind(SignRequest request) => request.Hrs.Step.ToString();
}
