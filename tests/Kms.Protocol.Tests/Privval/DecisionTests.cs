using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Protocol.Privval;
using Kms.Testing;

namespace Kms.Protocol.Tests.Privval;

/// <summary>FilePV's double-sign protection, request by request and in long runs, through decoder, rules and signatures. Everything
/// must come out as in CometBFT, except for the rows of one table.</summary>
public class DecisionTests
{
    private const string SignedAnew = "a proposal with another timestamp is signed anew";
    private const string AgainAfterChange = "a proposal again, after its timestamp changed in between";
    private const string NewestAgain = "a proposal with the newest timestamp again";
    private const string HeightZero = "height 0";
    private const string NoSignBytes = "a state without sign bytes";

    /// <summary>Where this signer differs from FilePV on purpose, and why. Nothing else may differ.</summary>
    private static readonly (string Name, Func<Case, bool> Applies, string Ours)[] Differences =
    [
        // The node copies only the signature of a proposal into the one it publishes (privval/signer_client.go, SignProposal).
        // An old signature would not verify over the new timestamp; two proposals of one block are no conflict.
        (SignedAnew, c => c.Kind == "proposal" && c.Theirs == "timestamp_only", "signed_new"),

        // What counts as the same is the newest recorded proposal, not the first one: follows from the row above.
        (AgainAfterChange, c => c is { Kind: "proposal", Theirs: "same_request", ResignedBefore: true }, "signed_new"),
        (NewestAgain, c => c is { Kind: "proposal", Theirs: "timestamp_only", ResignedBefore: true }, "same_request"),

        // Blocks start at height 1 (types/block.go, Header.ValidateBasic).
        (HeightZero, c => c.Height == 0, "error:InvalidRequest"),

        // FilePV returns "no SignBytes found", or panics when only the signature is missing. The position is all that is known.
        (NoSignBytes, c => c.Theirs is "error:no_sign_bytes" or "error:panic", "error:StepRegression"),
    ];

    private static readonly Dictionary<string, RefusalReason> Reasons = new()
    {
        ["height_regression"] = RefusalReason.HeightRegression,
        ["round_regression"] = RefusalReason.RoundRegression,
        ["step_regression"] = RefusalReason.StepRegression,
        ["conflicting_data"] = RefusalReason.DoubleSign,
        ["unexpected_extension"] = RefusalReason.UnexpectedExtension,
    };

    public static TheoryData<string> Versions => CometBft.Versions;

    /// <summary>One request as the table sees it.</summary>
    private sealed record Case(string Kind, long Height, string Theirs, bool ResignedBefore);

    [Theory, MemberData(nameof(Versions))]
    public void Single_requests_are_decided_as_by_FilePV_but_for_the_named_differences(string version)
    {
        var file = CometBft.Load(version, "decisions");
        var used = new Dictionary<string, int>();

        Assert.True(file.All("decisions").Count >= 990);
        Assert.All(file.All("decisions"), decision =>
        {
            var signer = Signer(file, version);
            foreach (var earlier in decision.All("setup")) Assert.IsType<SignReply.Signed>(Ask(signer, earlier));
            Restore(signer, decision.In("state_before"));
            AskAndCompare(signer, decision, resignedBefore: false, used);
        });

        Assert.Equal(new Dictionary<string, int> { [SignedAnew] = 1, [HeightZero] = 3, [NoSignBytes] = 6 }, used);
    }

    [Theory, MemberData(nameof(Versions))]
    public void Runs_of_requests_are_decided_as_by_FilePV_but_for_the_named_differences(string version)
    {
        var file = CometBft.Load(version, "sequences");
        var used = new Dictionary<string, int>();

        Assert.Equal(24, file.All("sequences").Count);
        Assert.All(file.All("sequences"), sequence =>
        {
            var signer = Signer(file, version);
            Hrs? resigned = null;
            foreach (var step in sequence.All("steps"))
            {
                var before = signer.State;
                AskAndCompare(signer, step, resignedBefore: resigned == before.Floor, used);
                if (signer.Decision is SignDecision.Advance && signer.State.Floor == before.Floor) resigned = before.Floor;
            }
        });

        Assert.Equal(new Dictionary<string, int> { [SignedAnew] = 23, [AgainAfterChange] = 3, [NewestAgain] = 2 }, used);
    }

    private static void AskAndCompare(StraightLine signer, Vector vector, bool resignedBefore, Dictionary<string, int> used)
    {
        var (request, theirs) = (vector.In("request"), vector.In("result"));
        var asked = Wire.Asked(Wire.Decode(request.Hex("request_wire")))!.Value.Request!;
        var theirClass = theirs.Text("outcome") == "error" ? "error:" + theirs.Text("error_class") : theirs.Text("outcome");
        var row = new Case(request.Text("kind"), asked.Hrs.Height.Value, theirClass, resignedBefore);

        var reply = Ask(signer, request);

        // The most specific row comes last.
        var difference = Differences.LastOrDefault(entry => entry.Applies(row) && entry.Ours == Outcome(signer.Decision!));
        var expected = difference.Name is not null ? difference.Ours
            : theirs.Text("outcome") == "error" ? "error:" + Reasons[theirs.Text("error_class")]
            : theirClass == "timestamp_only" ? "same_request" : theirClass;
        Assert.Equal(expected, Outcome(signer.Decision!));
        if (difference.Name is not null) used[difference.Name] = used.GetValueOrDefault(difference.Name) + 1;

        if (reply is not SignReply.Signed signed) return;
        if (row.Kind == "proposal")
        {
            // Always over the request itself: the only signature a node can use.
            Assert.Equal(asked.Timestamp, signed.Timestamp);
            Assert.Equal(asked.SignBytes, signer.State.Last!.SignBytes);
        }

        if (difference.Name is not null) return;
        Assert.Equal(theirs.Text("signature"), signed.Signature.ToString());
        Assert.Equal(theirs.Time("timestamp"), signed.Timestamp);
        Assert.Equal(
            Convert.ToHexStringLower(Convert.FromHexString(theirs.In("state_after").Text("signbytes"))), signer.State.Last!.SignBytes.ToString());
        Assert.Equal(theirs.Text("extension_signature"), signed.ExtensionSignature?.ToString() ?? "");
        Assert.Equal(signed.ExtensionSignature is null, signed.NonRpExtensionSignature is null);
    }

    // FilePV's step counts from 1; its state also tells what our own state must be after the same requests.
    private static void Restore(StraightLine signer, Vector state)
    {
        if (state.Number("height") == 0) return;
        var position = new Hrs(state.Number("height"), state.Int("round"), (Step)(state.Int("step") - 1));
        if (signer.State.Last is null) signer.State = signer.State with { Floor = position };
        Assert.Equal(position, signer.State.Floor);
        if (signer.State.Last is { } last) Assert.Equal(state.Text("signbytes"), last.SignBytes.ToString(), ignoreCase: true);
    }

    private static StraightLine Signer(Vector file, string version) =>
        new(new ChainId(file.Text("chain_id")), CometBft.Seed(file), CometBft.PublicKey(file), CometBft.HasExtensions(version));

    private static SignReply Ask(StraightLine signer, Vector request) =>
        signer.Sign(Wire.Asked(Wire.Decode(request.Hex("request_wire")))!.Value);

    private static string Outcome(SignDecision decision) => decision switch
    {
        SignDecision.Advance => "signed_new",
        SignDecision.SignAgain => "same_request",
        SignDecision.Refuse { Refusal.Reason: var reason } => "error:" + reason,
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
