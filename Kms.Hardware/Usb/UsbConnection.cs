using System.Collections.Concurrent;

namespace Kms.Hardware.Usb;

/// <summary>An opened device, asked and answering by bulk transfers. All calls of libusb are made by one thread of its own, which waits in them;
/// callers await. One exchange at a time.</summary>
public sealed class UsbConnection : IDisposable
{
    /// <summary>Longest answer in bytes; longer than the longest frame of any device here, so that a short packet always ends it.</summary>
    public const int MaxAnswer = 8192;

    // What was asked for earlier and not fetched: at most a few answers.
    private const int MaxStale = 8;
    private static readonly TimeSpan StaleWait = TimeSpan.FromMilliseconds(10);

    // A device that takes a request does so within a millisecond.
    private static readonly TimeSpan TakeWait = TimeSpan.FromMilliseconds(100);

    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(MaxAnswer, pinned: true);
    private readonly UsbModel _model;
    private LibUsbDevice? _device;
    private UsbAttached? _attached;

    private UsbConnection(UsbModel model)
    {
        _model = model;
        new Thread(Work) { IsBackground = true, Name = $"USB {model.Name}" }.Start();
    }

    /// <summary>Serial number of the opened device; null when it does not tell.</summary>
    public string? Serial => _attached?.Serial;

    /// <summary>Whether the next answer is the one to the next request: true from a <see cref="SynchroniseAsync"/> that succeeded to the first failure.
    /// When it was and is not any more: close it and open anew.</summary>
    public bool IsUsable { get; private set; }

    /// <summary>The attached devices of a model, whoever uses them; or why nothing can be known.</summary>
    // Not on the pool: each device may take two seconds to tell its serial number.
    public static Task<(IReadOnlyList<UsbAttached> Devices, UsbError? Error)> ListAsync(UsbModel model) =>
        Task.Factory.StartNew(() => UsbBus.List(model), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Opens a device and claims its interface. Answers to earlier requests may wait there or be still to come: <see cref="SynchroniseAsync"/>
    /// comes next.</summary>
    /// <param name="model">The kind of device.</param>
    /// <param name="serial">Its serial number, exactly; null when there is only one.</param>
    /// <returns>The connection, or the reason why there is none.</returns>
    public static async Task<(UsbConnection? Connection, UsbError? Error)> OpenAsync(UsbModel model, string? serial)
    {
        var connection = new UsbConnection(model);
        var error = await connection.Enqueue(() => connection.Open(serial))!;
        if (error is null) return (connection, null);
        await connection.CloseAsync();
        return (null, error);
    }

    /// <summary>Sends a request and waits for its answer. A failure ends the connection: nobody knows any more which answer comes next.</summary>
    /// <param name="request">Sent as one transfer; at most <see cref="MaxAnswer"/> bytes.</param>
    /// <param name="deadline">Must come: a device may never answer.</param>
    /// <returns>The answer, a copy; or the reason why there is none, when the device may have done what was asked all the same.</returns>
    public async Task<(ReadOnlyMemory<byte>? Answer, UsbError? Error)> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken deadline) =>
        Enqueue(() => Exchange(request, deadline)) is { } exchange ? await exchange : (null, UsbErrors.Closed(_model, _attached));

    /// <summary>Sends a request whose answer is known, and throws away what comes before that answer: the answers to requests of earlier connections.</summary>
    /// <param name="request">One that changes nothing, with an answer like no other.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="deadline">Must come.</param>
    /// <returns>Null when the next answer will be the one to the next request.</returns>
    public async Task<UsbError?> SynchroniseAsync(ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> answer, CancellationToken deadline) =>
        Enqueue(() => Synchronise(request, answer, deadline)) is { } synchronised ? await synchronised : UsbErrors.Closed(_model, _attached);

    /// <summary>Closes; complete when another connection can be opened. An exchange that goes on ends first.</summary>
    public Task CloseAsync()
    {
        _work.CompleteAdding();
        return _ended.Task;
    }

    /// <summary>Closes without waiting.</summary>
    public void Dispose() => _work.CompleteAdding();

    private void Work()
    {
        foreach (var item in _work.GetConsumingEnumerable()) item();
        if (_device is { } device)
        {
            _ = LibUsb.Release(device, _model.Interface);
            device.Dispose();
        }

        IsUsable = false;
        _ended.SetResult();
    }

    /// <summary>Null when it is closed.</summary>
    private Task<T>? Enqueue<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            _work.Add(Run);
            return done.Task;
        }
        catch (InvalidOperationException)
        {
            return null;
        }

        void Run()
        {
            try
            {
                done.SetResult(function());
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the caller; the thread must go on to close the device.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        }
    }

    private UsbError? Open(string? serial)
    {
        (_device, _attached, var error) = UsbBus.Open(_model, serial);
        return error;
    }

    private (ReadOnlyMemory<byte>? Answer, UsbError? Error) Exchange(ReadOnlyMemory<byte> request, CancellationToken deadline)
    {
        if (!IsUsable) return (null, UsbErrors.Closed(_model, _attached));
        // Nothing was sent yet: the connection is as good as before.
        if (deadline.IsCancellationRequested) return (null, UsbErrors.TimedOut(_model, _attached));

        IsUsable = false;
        var length = 0;
        var error = Write(request.Span, deadline) ?? Read(deadline, out length);
        IsUsable = error is null;
        return error is null ? (_buffer.AsSpan(0, length).ToArray(), null) : (null, error);
    }

    private UsbError? Synchronise(ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> answer, CancellationToken deadline)
    {
        IsUsable = false;
        if (deadline.IsCancellationRequested) return UsbErrors.TimedOut(_model, _attached);
        var error = WriteWhenTaken(request.Span, deadline);
        for (var others = 0; error is null && others <= MaxStale; others++)
        {
            error = Read(deadline, out var length);
            IsUsable = error is null && _buffer.AsSpan(0, length).SequenceEqual(answer.Span);
            if (IsUsable) return null;
        }

        return error ?? UsbErrors.Failed(_model, _attached, "it answers, but not what was asked; unplug it and plug it in again");
    }

    /// <summary>A device may take no request before its answers are fetched, and the one to an old request may come between two looks.</summary>
    private UsbError? WriteWhenTaken(ReadOnlySpan<byte> request, CancellationToken deadline)
    {
        while (true)
        {
            if (DiscardAnswers() is { } gone) return gone;
            using var attempt = CancellationTokenSource.CreateLinkedTokenSource(deadline);
            attempt.CancelAfter(TakeWait);
            var error = Write(request, attempt.Token);
            if (error is not { Fault: UsbFault.TimedOut } || deadline.IsCancellationRequested) return error;
        }
    }

    private UsbError? DiscardAnswers()
    {
        for (var stale = 0; stale < MaxStale; stale++)
        {
            using var wait = new CancellationTokenSource(StaleWait);
            var (status, _) = UsbTransfer.Run(_device!, _model.In, _buffer, wait.Token);
            if (status == TransferStatus.Cancelled) break;
            if (Problem(status) is { } error) return error;
        }

        return null;
    }

    private UsbError? Write(ReadOnlySpan<byte> request, CancellationToken deadline)
    {
        if (request.Length > _buffer.Length) throw new ArgumentException($"a request has at most {_buffer.Length} bytes", nameof(request));
        request.CopyTo(_buffer);
        var (status, done) = UsbTransfer.Run(_device!, _model.Out, _buffer.AsSpan(0, request.Length), deadline);
        // Taken together with the deadline.
        if (status == TransferStatus.Cancelled && done == request.Length) status = TransferStatus.Completed;
        // Only a short packet ends a transfer for the device; an empty one follows where all were full.
        if (status == TransferStatus.Completed && request.Length % _model.PacketBytes == 0)
            (status, _) = UsbTransfer.Run(_device!, _model.Out, [], deadline);
        return Problem(status);
    }

    private UsbError? Read(CancellationToken deadline, out int length)
    {
        (var status, length) = UsbTransfer.Run(_device!, _model.In, _buffer, deadline);
        // It came together with the deadline, and its last packet says that it is whole.
        if (status == TransferStatus.Cancelled && length % _model.PacketBytes != 0) status = TransferStatus.Completed;
        return Problem(status);
    }

    private UsbError? Problem(TransferStatus status) => status switch
    {
        TransferStatus.Completed => null,
        TransferStatus.Cancelled or TransferStatus.TimedOut => UsbErrors.TimedOut(_model, _attached),
        TransferStatus.NoDevice => UsbErrors.Unplugged(_model, _attached),
        _ => UsbErrors.Failed(_model, _attached, $"its transfer ended with {status}; unplug it and plug it in again"),
    };
}
