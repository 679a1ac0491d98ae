using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace Kms.Hardware.Ledger;

/// <summary>The way to an app that runs in Speculos, Ledger's emulator (LedgerHQ/speculos, mcu/apdu.py): four bytes of length, big-endian, then the
/// command; back come four bytes of length, the data and, not counted, the status word.</summary>
public sealed class TcpTransport : LedgerTransport
{
    /// <summary>What addresses begin with.</summary>
    public const string Scheme = "tcp";

    private const int PrefixSize = 4;

    // What earlier connections asked for and did not fetch: at most a few answers.
    private const int MaxStale = 8;

    private readonly Uri _address;
    private readonly TimeSpan _connectTimeout;
    private readonly string _name;
    private Socket? _socket;

    private TcpTransport(Uri address, TimeSpan connectTimeout)
    {
        _address = address;
        _connectTimeout = connectTimeout;
        _name = $"the Ledger emulator at {address.Authority}";
    }

    /// <summary>Reads an address; connects to nothing yet.</summary>
    /// <param name="address">"tcp://127.0.0.1:9999".</param>
    /// <param name="connectTimeout">Most time to connect.</param>
    /// <param name="transport">The way; null on failure.</param>
    /// <param name="error">What is wrong with the address.</param>
    public static bool TryCreate(
        string address, TimeSpan connectTimeout, [NotNullWhen(true)] out TcpTransport? transport, [NotNullWhen(false)] out string? error)
    {
        var isAddress = Uri.TryCreate(address, UriKind.Absolute, out var uri)
            && uri is { Scheme: Scheme, PathAndQuery: "" or "/", Fragment: "", UserInfo: "", Host.Length: > 0, Port: > 0 };
        transport = isAddress ? new TcpTransport(uri!, connectTimeout) : null;
        error = isAddress ? null : "must be the address of an emulator, such as \"tcp://127.0.0.1:9999\"";
        return isAddress;
    }

    /// <inheritdoc/>
    protected override async ValueTask<LedgerReply> OnceAsync(Apdu command, CancellationToken deadline)
    {
        try
        {
            if (await ConnectAsync(deadline) is { } error) return LedgerReply.Failed(error);
            return await ExchangeAsync(_socket!, command, deadline) is { } answer
                ? LedgerReply.Ok(answer)
                : LedgerReply.Failed($"{_name}: it sent what is no answer of a Ledger: something else listens there");
        }
        catch (OperationCanceledException)
        {
            return LedgerReply.Failed($"{_name}: the deadline passed before it answered");
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return LedgerReply.Failed($"{_name}: the connection ended before the answer");
        }
    }

    /// <inheritdoc/>
    protected override void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private async ValueTask<string?> ConnectAsync(CancellationToken deadline)
    {
        if (_socket is not null) return null;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        timeout.CancelAfter(_connectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(_address.DnsSafeHost, _address.Port, timeout.Token);
            // An answer may take as long as a person; only this tells that the other end has gone.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            _socket = socket;
            return null;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            deadline.ThrowIfCancellationRequested();
            return e is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
                ? $"{_name}: there is no host of this name: correct the transport's address"
                : $"{_name}: nothing answers there: start it, or correct the transport's address";
        }
    }

    private static async ValueTask<ApduResponse?> ExchangeAsync(Socket socket, Apdu command, CancellationToken deadline)
    {
        // The answer to a command of an earlier connection: the emulator gives it to whoever is connected.
        for (var stale = 0; socket.Available > 0; stale++)
        {
            if (stale == MaxStale || await ReadAsync(socket, deadline) is null) return null;
        }

        var bytes = command.ToBytes();
        var frame = new byte[PrefixSize + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, bytes.Length);
        bytes.CopyTo(frame.AsSpan(PrefixSize));
        for (ReadOnlyMemory<byte> rest = frame; !rest.IsEmpty;) rest = rest[await socket.SendAsync(rest, deadline)..];
        return await ReadAsync(socket, deadline);
    }

    /// <summary>Null when it is no answer.</summary>
    private static async ValueTask<ApduResponse?> ReadAsync(Socket socket, CancellationToken deadline)
    {
        var prefix = new byte[PrefixSize];
        await FillAsync(socket, prefix, deadline);
        var length = BinaryPrimitives.ReadUInt32BigEndian(prefix);
        if (length > Apdu.MaxSize - ApduResponse.StatusSize) return null;
        var answer = new byte[length + ApduResponse.StatusSize];
        await FillAsync(socket, answer, deadline);
        return ApduResponse.TryParse(answer, out var response) ? response : null;
    }

    private static async ValueTask FillAsync(Socket socket, Memory<byte> buffer, CancellationToken deadline)
    {
        while (!buffer.IsEmpty)
        {
            var read = await socket.ReceiveAsync(buffer, deadline);
            if (read == 0) throw new EndOfStreamException();
            buffer = buffer[read..];
        }
    }
}
