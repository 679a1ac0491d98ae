using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kms.Testing.Usb;

/// <summary>One open device node of a process under libumockdev-preload: the process sends its ioctls to a Unix socket and lets the other side read
/// and write its memory. Each message is three words: a command and two arguments.</summary>
public sealed class PreloadLink(Socket socket) : IDisposable
{
    private const nuint Ioctl = 1;
    private const nuint Done = 3;
    private const nuint ReadMemory = 5;
    private const nuint WriteMemory = 6;

    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    /// <summary>The next ioctl; null when the node was closed.</summary>
    public async Task<(uint Request, nuint Argument)?> NextAsync()
    {
        var words = new byte[3 * nuint.Size];
        if (await _stream.ReadAtLeastAsync(words, words.Length, throwOnEndOfStream: false) < words.Length) return null;
        var (command, request, argument) = (Word(words, 0), Word(words, 1), Word(words, 2));
        return command == Ioctl ? ((uint)request, argument) : throw new NotSupportedException($"libumockdev-preload sent command {command}");
    }

    /// <summary>Answers the ioctl.</summary>
    /// <param name="error">errno; zero for success.</param>
    public ValueTask ReplyAsync(int error) => SendAsync(Done, error == 0 ? 0 : nuint.MaxValue, (nuint)error);

    /// <summary>Reads memory of the process; only between an ioctl and its answer.</summary>
    public async Task<byte[]> ReadAsync(nuint address, int length)
    {
        var bytes = new byte[length];
        if (length == 0) return bytes;
        await SendAsync(ReadMemory, address, (nuint)length);
        await _stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    /// <summary>Writes memory of the process; only between an ioctl and its answer.</summary>
    public async Task WriteAsync(nuint address, byte[] bytes)
    {
        if (bytes.Length == 0) return;
        await SendAsync(WriteMemory, address, (nuint)bytes.Length);
        await _stream.WriteAsync(bytes);
    }

    public void Dispose() => _stream.Dispose();

    private static nuint Word(byte[] words, int index) => MemoryMarshal.Read<nuint>(words.AsSpan(index * nuint.Size));

    private ValueTask SendAsync(nuint command, nuint first, nuint second)
    {
        nuint[] words = [command, first, second];
        return _stream.WriteAsync(MemoryMarshal.AsBytes<nuint>(words).ToArray());
    }
}
