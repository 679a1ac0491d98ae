using BenchmarkDotNet.Attributes;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Protocol.Framing;
using Kms.Protocol.Privval;
using Kms.Protocol.SignBytes;

namespace Kms.Benchmarks;

/// <summary>The parts of a request that need no disk and no socket: decode (with sign bytes), decide, sign, verify, encode.</summary>
[MemoryDiagnoser]
public class SignPathBenchmarks
{
    // A precommit for a block at height 12345, round 2, with a validator address, as CometBFT 0.38 sends it.
    private readonly byte[] _frame = Convert.FromHexString(
        "85011a82010a720802104d180122480a20c41fd853eb86d3237a2e08715863ba57e1ba8de48d6e177cd0f07393ee70e366122408031220c3c5508a9b677a33"
        + "2a80f2fb243bd7d80984688d3430ee5c399e5c83612ae19f2a080880e2cfaa0610053214fcc9d07d08480a75326657fc36e6c2cf2751d4343804120c746573742d636861696e2d31");

    private readonly SoftSigner _signer = SoftSigner.FromSeed(new byte[32]);
    private PrivvalRequest.SignVote _vote = null!;
    private VoteRequest _request = null!;
    private Watermark _watermark = null!;
    private Signature _signature = null!;

    [GlobalSetup]
    public void Setup()
    {
        _vote = (PrivvalRequest.SignVote)Decode();
        _request = (VoteRequest)_vote.Asked.Request!;
        _watermark = new Watermark(_request.Chain, new Hrs(_request.Hrs.Height.Value, 0, Step.Precommit), null);
        _signature = Sign().AsTask().GetAwaiter().GetResult().Signature!;
    }

    [Benchmark]
    public PrivvalRequest Decode()
    {
        FrameParser.Parse(_frame, 10_240, out var body, out _);
        PrivvalDecoder.TryDecode(_frame.AsSpan(body), out var request, out _);
        return request;
    }

    [Benchmark]
    public SignBytes SignBytesOfVote() => CanonicalSignBytes.Vote(_request.Chain, 2, 77, 1, _request.Block, _request.Timestamp);

    [Benchmark]
    public SignDecision Decide() => DoubleSignRules.Decide(_watermark, _request.Chain, _request);

    [Benchmark]
    public ValueTask<SignOutcome> Sign() => _signer.SignAsync(_request.SignBytes, CancellationToken.None);

    [Benchmark]
    public bool Verify() => SignatureVerifier.Verify(_signer.PublicKey, _request.SignBytes.Span, _signature);

    [Benchmark]
    public byte[] Encode() => PrivvalEncoder.Vote(_vote.Vote, new SignReply.Signed(_signature, _request.Timestamp, null));
}
