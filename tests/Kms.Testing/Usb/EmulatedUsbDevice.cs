using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Kms.Testing.Usb;

/// <summary>A YubiHSM 2 as seen on the bus: descriptors, and frames by bulk transfers. What the frames mean is a function.</summary>
/// <param name="serial">The serial number that its descriptor tells.</param>
/// <param name="exchange">The answer to a frame; null when there is none. Called by one thread at a time; may block, as a slow device does.</param>
public sealed class EmulatedUsbDevice(string serial, Func<byte[], byte[]?> exchange)
{
    private const int PacketBytes = 64;
    private const byte SerialIndex = 3;

    private readonly ConcurrentQueue<byte[]> _answers = [];
    private readonly ConcurrentQueue<byte[]> _frames = [];
    private readonly List<byte> _frame = [];
    private Task _running = Task.CompletedTask;

    /// <summary>An answer is there to be fetched.</summary>
    internal event Action? Answered;

    /// <summary>Whether a program outside the test has claimed it.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Whether it is on the bus and answers nothing, not even who it is.</summary>
    public bool IsHung { get; set; }

    /// <summary>Every whole frame that came.</summary>
    public IReadOnlyCollection<byte[]> Frames => _frames;

    /// <summary>The device's descriptor and its configuration's, as sysfs gives them.</summary>
    internal static byte[] Descriptors =>
    [
        18, 1, 0x00, 0x02, 0, 0, 0, 64, 0x50, 0x10, 0x30, 0x00, 0x20, 0x02, 1, 2, SerialIndex, 1,
        9, 2, 32, 0, 1, 1, 0, 0x80, 15,
        9, 4, 0, 0, 2, 0xFF, 0, 0, 0,
        7, 5, 0x01, 2, PacketBytes, 0, 0,
        7, 5, 0x81, 2, PacketBytes, 0, 0,
    ];

    /// <summary>An answer that nobody fetched, of a program that ran before.</summary>
    public void Leave(byte[] answer) => _answers.Enqueue(answer);

    /// <summary>The index of the string that GET_DESCRIPTOR asks for; null for another control request.</summary>
    internal static byte? StringAsked(byte[] setup) => setup is [0x80, 6, var index, 3, ..] ? index : null;

    /// <summary>A string descriptor; index 0 are the languages.</summary>
    internal byte[]? Text(byte index) => index switch
    {
        0 => [4, 3, 0x09, 0x04],
        1 => Text("Yubico"),
        2 => Text("YubiHSM"),
        SerialIndex => Text(serial),
        _ => null,
    };

    /// <summary>A transfer to the device. A frame ends with the first packet that is not full.</summary>
    internal void Take(byte[] transfer)
    {
        _frame.AddRange(transfer);
        if (transfer.Length > 0 && transfer.Length % PacketBytes == 0) return;
        var frame = _frame.ToArray();
        _frame.Clear();
        _frames.Enqueue(frame);
        _running = AnswerAsync(_running, frame);
    }

    /// <summary>Whether an answer waits to be fetched.</summary>
    internal bool HasAnswer => !_answers.IsEmpty;

    internal bool TryTake([NotNullWhen(true)] out byte[]? answer) => _answers.TryDequeue(out answer);

    private static byte[] Text(string text) => [(byte)(2 + 2 * text.Length), 3, .. Encoding.Unicode.GetBytes(text)];

    private async Task AnswerAsync(Task before, byte[] frame)
    {
        await before;
        if (await Task.Run(() => exchange(frame)) is not { } answer) return;
        _answers.Enqueue(answer);
        Answered?.Invoke();
    }
}
