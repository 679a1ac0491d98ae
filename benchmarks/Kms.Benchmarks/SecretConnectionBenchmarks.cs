using System.IO.Pipelines;
using BenchmarkDotNet.Attributes;
using Kms.Protocol.SecretConnection;

namespace Kms.Benchmarks;

/// <summary>SecretConnection in memory: a frame sealed and opened, and a whole handshake of both ends.</summary>
[MemoryDiagnoser]
public class SecretConnectionBenchmarks
{
    private readonly byte[] _message = new byte[200];
    private readonly byte[] _received = new byte[1024];
    private readonly IdentityKey _a = IdentityKey.Generate();
    private readonly IdentityKey _b = IdentityKey.Generate();
    private SecretConnectionStream _sender = null!;
    private SecretConnectionStream _receiver = null!;

    [GlobalSetup]
    public async Task Setup() => (_sender, _receiver) = await ConnectAsync();

    [Benchmark]
    public async Task<int> SealAndOpenOneFrame()
    {
        await _sender.WriteAsync(_message);
        return await _receiver.ReadAsync(_received);
    }

    [Benchmark]
    public async Task Handshake()
    {
        var (a, b) = await ConnectAsync();
        await a.DisposeAsync();
        await b.DisposeAsync();
    }

    private async Task<(SecretConnectionStream, SecretConnectionStream)> ConnectAsync()
    {
        var (one, other) = (new Pipe(), new Pipe());
        var a = SecretConnectionStream.HandshakeAsync(new Duplex(one.Reader, other.Writer), _a, CancellationToken.None);
        var b = SecretConnectionStream.HandshakeAsync(new Duplex(other.Reader, one.Writer), _b, CancellationToken.None);
        return (await a, await b);
    }

    private sealed class Duplex(PipeReader reader, PipeWriter writer) : Stream
    {
        private readonly Stream _read = reader.AsStream();
        private readonly Stream _write = writer.AsStream();

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _read.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _write.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
