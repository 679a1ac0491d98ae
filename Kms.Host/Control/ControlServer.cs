using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kms.Host.Control;

/// <summary>Answers the operator's commands while the signer runs. Whatever happens here is logged and never ends the program.</summary>
/// <param name="path">Where to listen. Only the process that holds the journal's lock may: a socket that is there already is removed.</param>
/// <param name="verbs">What can be asked; cancelled when the program stops.</param>
/// <param name="log">Where failures go.</param>
/// <param name="stopping">When the program begins to stop: from then on nothing is answered.</param>
internal sealed class ControlServer(
    string path, IReadOnlyDictionary<string, Func<JsonElement, CancellationToken, Task<ControlReply>>> verbs, ILogger log, CancellationToken stopping)
    : BackgroundService
{
    /// <summary>Connections that are served at a time; the next one waits.</summary>
    public const int MaxConnections = 8;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SemaphoreSlim _free = new(MaxConnections, MaxConnections);
    private Socket? _socket;

    /// <summary>Listens before it returns; without a socket the program runs all the same, and says so.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        var problem = ControlWire.IsTooLong(path) ? $"its path is longer than {ControlWire.MaxPathBytes} bytes" : null;
        try
        {
            if (problem is null) _socket = Listen(path);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }

        if (problem is not null)
            log.LogWarning("no control socket at {Path}: {Problem}; `tmkms reload` and `tmkms state` cannot reach this process", path, problem);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_socket is not null)
        {
            _socket.Dispose();
            File.Delete(path);
        }

        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_socket is null) return;
        try
        {
            while (true)
            {
                await _free.WaitAsync(stopping).ConfigureAwait(false);
                var connection = await _socket.AcceptAsync(stopping).ConfigureAwait(false);
                _ = ServeAndReleaseAsync(connection);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
        catch (SocketException e)
        {
            log.LogError("the control socket {Path} failed and is closed: {Problem}", path, e.Message);
        }
    }

    // Nobody can connect before the mode is right: until Listen() the kernel refuses.
    private static Socket Listen(string path)
    {
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, OwnerOnly);
            socket.Listen(MaxConnections);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task ServeAndReleaseAsync(Socket connection)
    {
        try
        {
            var stream = new NetworkStream(connection, ownsSocket: true);
            await using (stream.ConfigureAwait(false)) await ServeAsync(stream).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            log.LogDebug("a control connection ended early: {Problem}", e.Message);
        }
#pragma warning disable CA1031 // A bug in here must not end the program that signs.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogError(e, "a control request failed");
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        ReadOnlyMemory<byte>? line;
        using (var deadline = Deadline())
            line = await ControlWire.ReadLineAsync(stream, ControlWire.MaxRequestBytes, deadline.Token).ConfigureAwait(false);
        var reply = line is null
            ? new ControlReply(false, $"a request is one line of at most {ControlWire.MaxRequestBytes} bytes")
            : await AnswerAsync(line.Value).ConfigureAwait(false);

        var json = JsonSerializer.SerializeToUtf8Bytes(reply, ControlWire.Json);
        if (json.Length > ControlWire.MaxReplyBytes)
            json = JsonSerializer.SerializeToUtf8Bytes(
                new ControlReply(false, $"the answer is longer than {ControlWire.MaxReplyBytes} bytes"), ControlWire.Json);
        using (var deadline = Deadline()) await ControlWire.WriteLineAsync(stream, json, deadline.Token).ConfigureAwait(false);
    }

    private async Task<ControlReply> AnswerAsync(ReadOnlyMemory<byte> line)
    {
        try
        {
            if (JsonSerializer.Deserialize<ControlRequest>(line.Span, ControlWire.Json) is not { } request)
                return new ControlReply(false, "a request is a JSON object with verb and arguments");
            if (!verbs.TryGetValue(request.Verb, out var run))
                return new ControlReply(false, $"unknown verb; this version knows {string.Join(", ", verbs.Keys.Order(StringComparer.Ordinal))}");
            return await run(request.Arguments, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return new ControlReply(false, $"the request cannot be read: {e.Message}");
        }
    }

    private CancellationTokenSource Deadline()
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        deadline.CancelAfter(ControlWire.Deadline);
        return deadline;
    }
}
