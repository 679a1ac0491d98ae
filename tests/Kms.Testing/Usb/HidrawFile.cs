using Kms.Testing.Ledger;

namespace Kms.Testing.Usb;

/// <summary>One open file of an <see cref="EmulatedHidraw"/>: what is read, who waits for it, and what poll(2) says, as drivers/hid/hidraw.c does it.</summary>
internal sealed class HidrawFile : IDisposable
{
    /// <summary>HIDIOCGRDESCSIZE.</summary>
    public const uint DescriptorSize = 0x80044801;

    /// <summary>Of the Ledger's report descriptor.</summary>
    public const uint ReportDescriptorBytes = 34;

    private const int Interrupted = 4;
    private const int Again = 11;
    private const ulong PollIn = 0x01;
    private const ulong PollOut = 0x04;
    private const ulong PollGone = 0x18;

    private readonly Lock _gate = new();
    private readonly EmulatedHidraw _emulation;
    private readonly HidNode _node;
    private readonly Queue<byte[]> _reports = new();
    private readonly List<FuseRequest> _readers = [];
    private readonly HashSet<ulong> _pollers = [];
    private bool _isGone;

    public HidrawFile(HidNode node, EmulatedHidraw emulation)
    {
        (_node, _emulation) = (node, emulation);
        _ = FollowAsync();
    }

    public void Answer(FuseRequest request)
    {
        lock (_gate)
        {
            if (request.Code == FuseRequest.Write) _emulation.Send(Write(request));
            else if (request.Code == FuseRequest.Read && request.IsNonBlocking && _reports.Count == 0 && !_isGone) _emulation.Send(request.Fail(Again));
            else if (request.Code == FuseRequest.Read) _readers.Add(request);
            else _emulation.Send(Poll(request));
            Serve();
        }
    }

    /// <summary>A signal has come to who waits.</summary>
    public void Interrupt(ulong request)
    {
        lock (_gate)
        {
            var at = _readers.FindIndex(reader => reader.Id == request);
            if (at < 0) return;
            _emulation.Send(_readers[at].Fail(Interrupted));
            _readers.RemoveAt(at);
        }
    }

    public void Dispose() => _node.Dispose();

    private async Task FollowAsync()
    {
        try
        {
            while (true)
            {
                var report = await _node.ReadAsync();
                lock (_gate)
                {
                    _reports.Enqueue(report);
                    Wake();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            lock (_gate)
            {
                _isGone = true;
                Wake();
            }
        }
    }

    private void Wake()
    {
        foreach (var poller in _pollers) _emulation.Send(FuseRequest.Notice(poller));
        _pollers.Clear();
        Serve();
    }

    private void Serve()
    {
        while (_readers.Count > 0 && (_reports.Count > 0 || _isGone))
        {
            _emulation.Send(_reports.TryDequeue(out var report) ? _readers[0].Answer(report[..Math.Min(report.Length, _readers[0].ReadSize)]) : _readers[0].Fail(HidNode.InputOutput));
            _readers.RemoveAt(0);
        }
    }

    private byte[] Write(FuseRequest request)
    {
        try
        {
            _node.Write(request.Data);
            return request.Answer(BitConverter.GetBytes((ulong)request.Data.Length));
        }
        catch (IOException)
        {
            return request.Fail(HidNode.NoDevice);
        }
    }

    private byte[] Poll(FuseRequest request)
    {
        if (request.WantsNotice) _pollers.Add(request.PollHandle);
        return request.Answer(BitConverter.GetBytes((_isGone ? PollGone : PollOut) | (_reports.Count > 0 ? PollIn : 0)));
    }
}
