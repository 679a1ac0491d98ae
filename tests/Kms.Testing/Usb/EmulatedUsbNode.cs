using System.Net.Sockets;

namespace Kms.Testing.Usb;

/// <summary>What the kernel does with a device node of usbfs: transfers, claims, and their end when the device is unplugged.</summary>
internal sealed class EmulatedUsbNode(EmulatedUsbDevice device)
{
    private const int Busy = 16;
    private const int Again = 11;
    private const int Gone = 19;
    private const int Invalid = 22;
    private const int Pipe = 32;
    private const int NotTty = 25;
    private const int NotFound = 2;
    private const int Shutdown = 108;
    private const int TooMuch = 75;

    // USBDEVFS_CAP: zero packets, transfers of any size, reaping after the device is gone.
    private const uint Capabilities = 0x01 | 0x04 | 0x10;

    private readonly Lock _lock = new();
    private readonly List<Urb> _urbs = [];
    private PreloadLink? _claimedBy;
    private bool _isGone;

    /// <summary>Serves one open file until the process closes it.</summary>
    public async Task ServeAsync(Socket socket)
    {
        using var link = new PreloadLink(socket);
        try
        {
            while (await link.NextAsync() is { } call) await link.ReplyAsync(await IoctlAsync(link, call.Request, call.Argument));
        }
        catch (IOException)
        {
            // The process was killed.
        }

        lock (_lock)
        {
            _urbs.RemoveAll(urb => urb.Owner == link);
            if (_claimedBy == link) _claimedBy = null;
        }
    }

    /// <summary>Ends every transfer, and every later call.</summary>
    public void Unplug()
    {
        lock (_lock)
        {
            _isGone = true;
            foreach (var urb in _urbs.Where(urb => !urb.IsDone)) urb.Fail(Shutdown);
        }
    }

    /// <summary>Moves what can be moved, first come, first served: answers to the transfers that wait for them, and requests to a device whose
    /// answers were all fetched (whether the real one takes more is not known).</summary>
    public void Deliver()
    {
        lock (_lock)
        {
            while (!_isGone && Waiting(isIn: true) is { } urb && device.TryTake(out var answer))
            {
                if (answer.Length <= urb.Length) urb.Fill(answer);
                else urb.Fail(TooMuch);
            }

            while (!_isGone && !device.HasAnswer && Waiting(isIn: false) is { } urb)
            {
                urb.Sent();
                device.Take(urb.Outgoing);
            }
        }
    }

    private Urb? Waiting(bool isIn) => _urbs.Find(urb => !urb.IsDone && urb.Type != Urb.Control && urb.IsIn == isIn);

    /// <returns>errno.</returns>
    private async Task<int> IoctlAsync(PreloadLink link, uint request, nuint argument)
    {
        // The lower half of a request tells what it is ('U' and a number), the upper half the size of its argument.
        switch (request & 0xFFFF)
        {
            case 0x550A:
                return _isGone ? Gone : await SubmitAsync(new Urb(argument, await link.ReadAsync(argument, Urb.Bytes), link));
            case 0x550B:
                lock (_lock)
                {
                    if (_urbs.Find(urb => urb.Owner == link && urb.Address == argument) is not { IsDone: false } urb) return Invalid;
                    urb.Fail(NotFound);
                    return 0;
                }

            case 0x550D:
                return await ReapAsync(link, argument);
            case 0x550F:
                lock (_lock)
                {
                    if (_isGone) return Gone;
                    if (device.IsBusy || (_claimedBy is not null && _claimedBy != link)) return Busy;
                    _claimedBy = link;
                    return 0;
                }

            case 0x5510:
                lock (_lock) _claimedBy = _claimedBy == link ? null : _claimedBy;
                return 0;
            case 0x551A:
                await link.WriteAsync(argument, BitConverter.GetBytes(Capabilities));
                return 0;
            default:
                return NotTty;
        }
    }

    private async Task<int> SubmitAsync(Urb urb)
    {
        if (urb.Type == Urb.Control || !urb.IsIn) urb.Outgoing = await urb.Owner.ReadAsync(urb.Buffer, urb.Length);
        lock (_lock)
        {
            if (urb.Type == Urb.Control && !device.IsHung)
            {
                if (EmulatedUsbDevice.StringAsked(urb.Outgoing) is { } index && device.Text(index) is { } text) urb.Fill(text);
                else urb.Fail(Pipe);
            }

            _urbs.Add(urb);
        }

        Deliver();
        return 0;
    }

    private async Task<int> ReapAsync(PreloadLink link, nuint result)
    {
        Urb? done;
        bool isGone;
        lock (_lock)
        {
            done = _urbs.Find(urb => urb.Owner == link && urb.IsDone);
            if (done is not null) _urbs.Remove(done);
            isGone = _isGone;
        }

        if (done is not null)
        {
            await done.ReapAsync(result);
            return 0;
        }

        if (isGone) return Gone;
        // The emulated node always looks ready to poll(2): without a pause the process would ask without end.
        await Task.Delay(1);
        return Again;
    }
}
