using Akka.Event;
using Kms.Actors.Tests.Chain;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Testing;

namespace Kms.Actors.Tests.Validator;

/// <summary>What an operator reads.</summary>
public sealed class SessionLogSpecs : Akka.TestKit.Xunit2.TestKit
{
    private static readonly ValidatorOptions Options = new(
        Ask.Chain, new ValidatorAddress.Unix("/run/node.sock"), TimeSpan.FromSeconds(1), Reconnect: true, new Height(100));

    private readonly ManualTime _time = new();
    private readonly SessionLog _log;

    public SessionLogSpecs() : base("akka { loglevel = DEBUG, stdout-loglevel = OFF }")
    {
        _log = new SessionLog(Options, Logging.GetLogger(Sys, "session"), _time);
        Sys.EventStream.Subscribe(TestActor, typeof(Info));
        Sys.EventStream.Subscribe(TestActor, typeof(Warning));
        Sys.EventStream.Subscribe(TestActor, typeof(Error));
    }

    [Fact]
    public void A_signature_is_one_line_as_in_tmkms()
    {
        var request = Canonical.Precommit(5, 1, Ask.A);
        _log.Answered(request, new SignReply.Signed(new Signature(new byte[64]), request.Timestamp, null), TimeSpan.FromMilliseconds(12.9));
        Assert.Equal("[test-chain-1@unix:///run/node.sock] signed Precommit:AAAAAAAAAA at h/r/s 5/1/2 (12 ms)", Line<Info>());
        _log.Answered(Canonical.Prevote(6, 0, null), new SignReply.Signed(new Signature(new byte[64]), request.Timestamp, null), TimeSpan.Zero);
        Assert.Equal("[test-chain-1@unix:///run/node.sock] signed Prevote:<nil> at h/r/s 6/0/1 (0 ms)", Line<Info>());
    }

    [Fact]
    public void Every_attempted_double_sign_is_an_error_of_its_own()
    {
        for (var i = 0; i < 3; i++)
        {
            _log.Answered(Canonical.Prevote(5, 0, Ask.B), Refused(RefusalReason.DoubleSign, "AAAAAAAAAA != BBBBBBBBBB"), TimeSpan.Zero);
            Assert.Equal("[test-chain-1@unix:///run/node.sock] attempted double sign Prevote at h/r/s: 5/0/1 (AAAAAAAAAA != BBBBBBBBBB)", Line<Error>());
        }
    }

    [Fact]
    public void Another_nodes_proposal_is_no_error_and_counted_instead_of_repeated()
    {
        for (var i = 0; i < 50; i++) Propose();
        Assert.Equal("[test-chain-1@unix:///run/node.sock] refused another Proposal at h/r/s 5/0/0: "
            + "double signing requested at height: 5 at chain test-chain-1: asked 5/0/1 (AAAAAAAAAA != BBBBBBBBBB)", Line<Info>());
        _time.Advance(TimeSpan.FromSeconds(11));
        Propose();
        Assert.EndsWith("(and 49 more like it)", Line<Info>(), StringComparison.Ordinal);

        // A vote is not silenced with it.
        _log.Answered(Canonical.Prevote(5, 0, Ask.B), Refused(RefusalReason.DoubleSign, "AAAAAAAAAA != BBBBBBBBBB"), TimeSpan.Zero);
        Assert.Contains("attempted double sign Prevote", Line<Error>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Refusals_of_one_kind_are_counted_instead_of_repeated()
    {
        for (var i = 0; i < 50; i++) Regression();
        Assert.Contains("refused Prevote at h/r/s 5/0/1: height regression at chain test-chain-1", Line<Warning>(), StringComparison.Ordinal);

        // Another kind is not silenced with it.
        _log.Refused("public key", new Refusal(RefusalReason.WrongChain, Ask.Chain, null, null));
        Assert.Contains("refused public key: wrong chain id", Line<Warning>(), StringComparison.Ordinal);

        _time.Advance(TimeSpan.FromSeconds(9.9));
        Regression();
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Regression();
        Assert.EndsWith("(and 50 more like it)", Line<Warning>(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(11));
        Regression();
        Assert.DoesNotContain("more like it", Line<Warning>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_planned_halt_is_worded_as_in_tmkms()
    {
        _log.Answered(Canonical.Prevote(101, 0, Ask.A), Refused(RefusalReason.AboveMaxHeight, "planned halt at 100"), TimeSpan.Zero);
        Assert.Contains("attempted to sign at height 101 which is greater than 100", Line<Warning>(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_height_far_above_is_an_error_and_counted_like_other_refusals()
    {
        for (var i = 0; i < 50; i++) Jump();
        Assert.Equal("[test-chain-1@unix:///run/node.sock] refused Prevote at h/r/s 5000000/0/1: "
            + "height jump at chain test-chain-1: asked 5/0/1 (more than 100000 heights above)", Line<Error>());
        _time.Advance(TimeSpan.FromSeconds(11));
        Jump();
        Assert.EndsWith("(and 49 more like it)", Line<Error>(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_adopted_height_is_a_warning()
    {
        _log.Answered(Canonical.Prevote(5, 0, Ask.A), Refused(RefusalReason.FirstHeightAdopted, "signing begins at 6"), TimeSpan.Zero);
        Assert.Contains("first height adopted at chain test-chain-1: asked 5/0/1 (signing begins at 6)", Line<Warning>(), StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_bytes_are_one_line_as_in_tmkms()
    {
        _log.AnsweredRaw(Raw("compactBlock"), new SignReply.SignedRaw(new Signature(new byte[64])), TimeSpan.FromMilliseconds(3.9));
        Assert.Equal("[test-chain-1@unix:///run/node.sock] signed raw bytes: compactBlock (3 ms)", Line<Info>());
        _log.AnsweredRaw(new RawBytesRequest.CometBft(new byte[32]), new SignReply.SignedRaw(new Signature(new byte[64])), TimeSpan.Zero);
        Assert.Equal("[test-chain-1@unix:///run/node.sock] signed raw bytes: 32 bytes (0 ms)", Line<Info>());
    }

    [Fact]
    public void Refused_raw_bytes_are_a_warning_and_what_could_be_a_vote_is_an_error()
    {
        _log.AnsweredRaw(Raw("a\nb"), Refused(RefusalReason.RawBytesNotAllowed, "add a line"), TimeSpan.Zero);
        Assert.StartsWith("[test-chain-1@unix:///run/node.sock] refused raw bytes (a?b): raw bytes not allowed at chain test-chain-1", Line<Warning>(), StringComparison.Ordinal);
        _log.AnsweredRaw(Raw("compactBlock"), Refused(RefusalReason.RawBytesAreMessage, "to a chain they would be a vote"), TimeSpan.Zero);
        Assert.Contains("refused raw bytes (compactBlock): raw bytes that are a consensus message", Line<Error>(), StringComparison.Ordinal);
    }

    private static RawBytesRequest.Celestia Raw(string uniqueId) => new(Ask.Chain, System.Text.Encoding.UTF8.GetBytes(uniqueId), new byte[1]);

    private void Jump() =>
        _log.Answered(Canonical.Prevote(5_000_000, 0, Ask.A), Refused(RefusalReason.HeightJump, "more than 100000 heights above"), TimeSpan.Zero);

    private void Propose() =>
        _log.Answered(Canonical.Proposal(5, 0, Ask.B), Refused(RefusalReason.DoubleSign, "AAAAAAAAAA != BBBBBBBBBB"), TimeSpan.Zero);

    private void Regression() => _log.Answered(Canonical.Prevote(5, 0, Ask.A), Refused(RefusalReason.HeightRegression, ""), TimeSpan.Zero);

    private static SignReply.Refused Refused(RefusalReason reason, string detail) => new(new Refusal(reason, Ask.Chain, new Hrs(5, 0, Step.Prevote), null, detail));

    private string Line<T>() where T : LogEvent => ExpectMsg<T>(ChainWorld.Patience).Message.ToString()!;

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks = 1_000;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
