using System.Net.Sockets;
using Google.Protobuf;
using Kms.Harness.Wire;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;

namespace Kms.Harness.Tests;

/// <summary>A remote signer in the test's process: dials a node until stopped, answers by <see cref="ScriptedRules"/>.</summary>
public sealed class ScriptedSigner : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly HarnessEndpoint _node;
    private readonly ScriptedRules _rules;
    private readonly Flaw _flaw;
    private readonly IdentityKey _identity = IdentityKey.Generate();
    private readonly PeerId? _peer;
    private readonly Task[] _dialling;

    /// <param name="node">Where to dial.</param>
    /// <param name="rules">What to answer.</param>
    /// <param name="flaw">How it misbehaves.</param>
    /// <param name="connections">How many connections to keep.</param>
    /// <param name="peer">The node's peer id, over Noise.</param>
    public ScriptedSigner(HarnessEndpoint node, ScriptedRules rules, Flaw flaw, int connections = 1, PeerId? peer = null)
    {
        (_node, _rules, _flaw, _peer) = (node, rules, flaw, peer);
        _dialling = [.. Enumerable.Range(0, connections).Select(_ => Task.Run(DialAsync))];
    }

    /// <summary>By what a node knows it over Noise.</summary>
    public PeerId PeerId => _identity.PeerId;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_dialling);
        _stop.Dispose();
        _identity.Dispose();
    }

    private async Task DialAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var stream = await ConnectAsync();
                await ServeAsync(stream);
                if (_flaw == Flaw.NeverRedials) return;
                if (_flaw == Flaw.ForgetsOnReconnect) _rules.Forget();
            }
            catch (InvalidProtocolBufferException) when (_flaw == Flaw.DiesOfGarbage)
            {
                return;
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                await Task.Delay(5);
            }
        }
    }

    private async Task<Stream> ConnectAsync()
    {
        var where = _node.ToEndPoint();
        var socket = new Socket(where.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(where, _stop.Token);
            if (_node is not HarnessEndpoint.Unix) socket.NoDelay = true;
            var stream = new NetworkStream(socket, ownsSocket: true);
            return _node switch
            {
                HarnessEndpoint.Tcp => await SecretConnectionStream.HandshakeAsync(stream, _identity, _stop.Token),
                HarnessEndpoint.Noise => await NoiseStream.ConnectAsync(stream, _identity, _peer!, _stop.Token),
                _ => stream,
            };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ServeAsync(Stream stream)
    {
        while (true)
        {
            var body = await ReadFrameAsync(stream);
            if (body is null || _rules.Answer(Message.Parser.ParseFrom(body)) is not { } reply) return;
            using var frame = new MemoryStream();
            reply.WriteDelimitedTo(frame);
            await stream.WriteAsync(frame.ToArray(), _stop.Token);
        }
    }

    private async Task<byte[]?> ReadFrameAsync(Stream stream)
    {
        var (length, one) = (0UL, new byte[1]);
        for (var shift = 0; ; shift += 7)
        {
            if (shift > 28 || await stream.ReadAsync(one, _stop.Token) == 0) return null;
            length |= (ulong)(one[0] & 0x7f) << shift;
            if (one[0] < 0x80) break;
        }

        if (length > 1024 * 1024) return null;
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return body;
    }
}
