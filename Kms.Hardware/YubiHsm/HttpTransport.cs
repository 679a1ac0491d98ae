using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;

namespace Kms.Hardware.YubiHsm;

/// <summary>The way over yubihsm-connector: one POST for each frame. The body has a Content-Length and is never chunked: the connector answers 400
/// to what has none. Redirects and proxies are not followed: the session is encrypted, but its end must be where the configuration says.</summary>
public sealed class HttpTransport : IYubiHsmTransport
{
    private static readonly MediaTypeHeaderValue Octets = new("application/octet-stream");

    private readonly HttpClient _client;
    private readonly Uri _api;
    private readonly string _name;
    private readonly TimeSpan _timeout;

    private HttpTransport(Uri address, TimeSpan timeout)
    {
        _api = new Uri(address, "connector/api");
        _name = $"yubihsm-connector at {address.Authority}";
        _timeout = timeout;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Reads an address; connects to nothing yet.</summary>
    /// <param name="address">"http://127.0.0.1:12345", or with "tcp://" as tmkms writes it.</param>
    /// <param name="timeout">Most time for an exchange.</param>
    /// <param name="transport">The way; null on failure.</param>
    /// <param name="error">What is wrong with the address.</param>
    public static bool TryCreate(
        string address, TimeSpan timeout, [NotNullWhen(true)] out HttpTransport? transport, [NotNullWhen(false)] out string? error)
    {
        transport = null;
        error = null;
        var http = address.StartsWith("tcp://", StringComparison.Ordinal) ? $"http://{address["tcp://".Length..]}" : address;
        if (Uri.TryCreate(http, UriKind.Absolute, out var uri) && uri is { Scheme: "http", PathAndQuery: "/", UserInfo: "", Host.Length: > 0, Port: > 0 })
            transport = new HttpTransport(uri, timeout);
        else
            error = "must be the address of a yubihsm-connector, such as \"http://127.0.0.1:12345\"";
        return transport is not null;
    }

    /// <inheritdoc/>
    public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        timeout.CancelAfter(_timeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, _api) { Content = new ReadOnlyMemoryContent(frame) };
            request.Content.Headers.ContentType = Octets;
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            return response.StatusCode == HttpStatusCode.OK
                ? await ReadAsync(response, timeout.Token)
                : TransportReply.Failed(Explain(response.StatusCode));
        }
        catch (OperationCanceledException)
        {
            return TransportReply.Failed(deadline.IsCancellationRequested
                ? $"{_name}: the deadline passed before the device answered"
                : $"{_name}: no answer within {_timeout.TotalMilliseconds:0} ms: see whether the device is plugged in, or raise adapter.timeout_ms");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return TransportReply.Failed(Explain(e));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async ValueTask<TransportReply> ReadAsync(HttpResponseMessage response, CancellationToken deadline)
    {
        // One byte more than the largest frame, to see what is larger.
        var buffer = new byte[Frame.MaxSizeSince24 + 1];
        await using var body = await response.Content.ReadAsStreamAsync(deadline);
        var size = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, deadline);
        return size < buffer.Length ? TransportReply.Ok(buffer.AsMemory(0, size)) : TransportReply.Failed($"{_name}: the answer is larger than any frame");
    }

    private string Explain(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => $"{_name}: it refused the frame (400): something between here and there changes requests",
        HttpStatusCode.Forbidden => $"{_name}: it does not allow this host name (403): see its option host-whitelist",
        HttpStatusCode.InternalServerError => $"{_name}: it has no device, or the device does not answer (500): plug it in, or restart yubihsm-connector",
        HttpStatusCode.ServiceUnavailable => $"{_name}: the device is busy with the requests of others (503): try again",
        _ => $"{_name}: it answered with HTTP status {(int)status}: something else listens there; see adapter.addr",
    };

    private string Explain(Exception e) => e is HttpRequestException { HttpRequestError: var error } ? error switch
    {
        HttpRequestError.ConnectionError => $"{_name}: nothing listens there: start yubihsm-connector, or correct adapter.addr",
        HttpRequestError.NameResolutionError => $"{_name}: there is no host of this name: correct adapter.addr",
        HttpRequestError.InvalidResponse => $"{_name}: what listens there does not speak HTTP: see adapter.addr",
        _ => $"{_name}: the connection ended before the answer",
    }
    : $"{_name}: the connection ended before the answer";
}
