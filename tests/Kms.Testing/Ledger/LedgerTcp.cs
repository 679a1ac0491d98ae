using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Kms.Testing.Ledger;

/// <summary>The device behind Speculos's server for commands: 4 bytes of length, and the command; back 4 bytes of the length of the data, the data, and the
/// status that this length leaves out. An answer goes to the newest connection, whichever has asked. Loopback only. When the device leaves the bus
/// its connections end.</summary>
public sealed class LedgerTcp : IAsyncDisposable
{
    private const int LengthSize = 4;
    private const int StatusSize = 2;
    private const int CommandLimit = 1 << 16;

    private readonly SimulatedLedger _ledger;
    private readonly Lock _gate = new();
    private readonly Dictionary<Connection, Task> _connections = [];
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private Connection? _newest;
    private AnswerFault? _fault;

    private LedgerTcp(SimulatedLedger ledger)
    {
        _ledger = ledger;
        ledger.Answered += Send;
        ledger.Detached += DropConnections;
    }

    /// <summary>The port it listens on; the same after each start.</summary>
    public int Port { get; private set; }

    /// <summary>How many connections there have been.</summary>
    public int Connected { get; private set; }

    /// <summary>Starts one on a free port. Only one for a device.</summary>
    public static LedgerTcp Start(SimulatedLedger ledger)
    {
        var server = new LedgerTcp(ledger);
        server.Start();
        return server;
    }

    /// <summary>Starts it again after <see cref="StopAsync"/>, on the port it had.</summary>
    public void Start()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Stops listening and cuts every connection. The device goes on living.</summary>
    public async Task StopAsync()
    {
        _listener?.Dispose();
        _listener = null;
        await _accepting;
        Task[] serving;
        lock (_gate) serving = [.. _connections.Values];
        DropConnections();
        await Task.WhenAll(serving);
    }

    /// <summary>Cuts every connection; new ones are welcome.</summary>
    public void DropConnections()
    {
        lock (_gate)
        {
            _fault = null;
            foreach (var connection in _connections.Keys) connection.Drop();
        }
    }

    /// <summary>Stops it for good.</summary>
    public async ValueTask DisposeAsync()
    {
        _ledger.Answered -= Send;
        _ledger.Detached -= DropConnections;
        await StopAsync();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var connection = new Connection(await listener.AcceptTcpClientAsync());
                lock (_gate)
                {
                    Connected++;
                    _newest = connection;
                    _connections[connection] = ServeAsync(connection);
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Connection connection)
    {
        // Not before the connection is known.
        await Task.Yield();
        using var _ = connection;
        var writing = connection.WriteAsync(_ledger);
        try
        {
            while (await connection.ReadAsync() is { } command)
            {
                var fault = _ledger.Faults.Next();
                if (fault == AnswerFault.Ignored) break;
                lock (_gate) _fault = fault;
                _ledger.Send(command);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // The host or the device has gone, or the connection was cut.
        }

        connection.Drop();
        await writing;
        lock (_gate) _connections.Remove(connection);
    }

    private void Send(byte[] answer)
    {
        lock (_gate)
        {
            var fault = _fault;
            _fault = null;
            if (fault == AnswerFault.Corrupt) answer[0] ^= 1;
            var packet = new byte[LengthSize + answer.Length];
            BinaryPrimitives.WriteInt32BigEndian(packet, fault == AnswerFault.TooLong ? int.MaxValue : answer.Length - StatusSize);
            answer.CopyTo(packet, LengthSize);
            if (fault == AnswerFault.Lost) _newest?.Drop();
            else _newest?.Send(fault == AnswerFault.Unfinished ? packet[..^1] : packet, ends: fault == AnswerFault.Unfinished);
        }
    }

    /// <summary>One host.</summary>
    private sealed class Connection(TcpClient client) : IDisposable
    {
        private readonly Channel<byte[]> _packets = Channel.CreateUnbounded<byte[]>();
        private readonly CancellationTokenSource _end = new();
        private readonly NetworkStream _stream = client.GetStream();

        /// <summary>The next command; null at the end, and where none can begin.</summary>
        public async Task<byte[]?> ReadAsync()
        {
            var length = new byte[LengthSize];
            if (await _stream.ReadAtLeastAsync(length, LengthSize, throwOnEndOfStream: false, _end.Token) < LengthSize) return null;
            if (BinaryPrimitives.ReadUInt32BigEndian(length) > CommandLimit) return null;
            var command = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            await _stream.ReadExactlyAsync(command, _end.Token);
            return command;
        }

        /// <summary>Sends what is given to <see cref="Send"/> until the end.</summary>
        public async Task WriteAsync(SimulatedLedger ledger)
        {
            try
            {
                await foreach (var packet in _packets.Reader.ReadAllAsync(_end.Token))
                {
                    if (ledger.Faults.Delay > TimeSpan.Zero) await Task.Delay(ledger.Faults.Delay, ledger.Options.Time, _end.Token);
                    await _stream.WriteAsync(packet, _end.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // The host has gone, or the connection was cut.
            }

            Drop();
        }

        public void Send(byte[] packet, bool ends)
        {
            _packets.Writer.TryWrite(packet);
            if (ends) _packets.Writer.TryComplete();
        }

        /// <summary>Ends it at once, and on a thread of its own: whoever calls may hold the lock.</summary>
        public void Drop() => _ = _end.CancelAsync();

        /// <summary>The cancellation has neither timer nor handle to give back, and may still be asked for.</summary>
        public void Dispose() => client.Dispose();
    }
}
