using System.Globalization;
using System.Net;

namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>What yubihsm-connector 3.0 (api.go) answers: one address for the status and one for frames. It keeps no state of its clients; their sessions
/// are encrypted from end to end, and their keys never come here.</summary>
/// <param name="device">The way to the device.</param>
/// <param name="options">For the status, and how many requests.</param>
/// <param name="log">Where it tells of sessions.</param>
/// <param name="clock">The time.</param>
internal sealed class ConnectorApi(IYubiHsmTransport device, ConnectorOptions options, ConnectorLog log, TimeProvider clock)
{
    /// <summary>Smallest and largest body, as there.</summary>
    public const int SmallestBody = Frame.HeaderSize, LargestBody = 3139;

    // The release that this behaves as: clients ask for it to know what a connector can do.
    private const string ActsAs = "3.0.7";

    private static readonly byte[] AnybodyThere = Frame.Encode(CommandCode.GetDeviceInfo, []);

    private readonly SessionWatch _sessions = new(log);
    private readonly RateLimit _rate = new(options.RequestsPerSecond, clock);

    /// <summary>What can be answered without the body; null when the body is needed, which is then of an allowed size.</summary>
    /// <param name="head">The request.</param>
    /// <param name="local">Where it came in.</param>
    /// <param name="deadline">Cancelled when nobody waits for it any more.</param>
    public async ValueTask<HttpAnswer?> AnswerAsync(HttpHead head, IPEndPoint local, CancellationToken deadline)
    {
        // Programs send no Origin. A page in a browser of this machine does, and must not reach the device.
        if (head.Origin is not null) return HttpAnswer.Forbidden;
        if (head.Path == "/connector/status")
        {
            if (head.Method != "GET") return HttpAnswer.NotAllowed("GET");
            return _rate.TryTake() ? HttpAnswer.Text(await StatusAsync(local, deadline)) : HttpAnswer.Busy;
        }

        if (head.Path != "/connector/api") return HttpAnswer.NotFound;
        if (head.Method != "POST") return HttpAnswer.NotAllowed("POST");
        return head.IsChunked || head.ContentLength is not (>= SmallestBody and <= LargestBody) ? HttpAnswer.BadRequest : null;
    }

    /// <summary>Passes a frame to the device.</summary>
    /// <param name="frame">The body.</param>
    /// <param name="client">Whose.</param>
    /// <param name="deadline">Cancelled when nobody waits for it any more.</param>
    public async ValueTask<HttpAnswer> ExchangeAsync(ReadOnlyMemory<byte> frame, string client, CancellationToken deadline)
    {
        // Half a frame would make the device wait for the rest, and take the next frame of the signer for it.
        if (!Frame.IsWhole(frame.Span)) return HttpAnswer.BadRequest;
        if (!_rate.TryTake()) return HttpAnswer.Busy;
        var reply = await device.ExchangeAsync(frame, deadline);
        if (reply.Frame is { } answer)
        {
            _sessions.Look(frame.Span, answer.Span, client);
            return HttpAnswer.Frame(answer);
        }

        return reply.IsBusy ? HttpAnswer.Busy : HttpAnswer.DeviceFailed;
    }

    // A device that is busy is there.
    private async ValueTask<string> StatusAsync(IPEndPoint local, CancellationToken deadline)
    {
        var reply = await device.ExchangeAsync(AnybodyThere, deadline);
        var status = reply.Frame is not null || reply.IsBusy ? "OK" : "NO_DEVICE";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"status={status}\nserial={options.SerialNumber ?? "*"}\nversion={ActsAs}\npid={Environment.ProcessId}\naddress={local.Address}\nport={local.Port}\n");
    }
}
