using System.Globalization;
using System.Runtime.InteropServices;

namespace Kms.Hardware.Tests.Usb;

/// <summary>The calls that a host makes on a hidraw node, one at a time: `open path`, `write hex`, `poll milliseconds`, `read`, `size` of the report descriptor,
/// `close`. The answer is what the call returned, or `errno` and its number.</summary>
internal static partial class HidrawCalls
{
    private const int ReadWriteCloseOnExec = 0x80002;
    private const short PollIn = 1;

    private static int _file = -1;

    public static string Make(string[] call)
    {
        var bytes = new byte[256];
        switch (call)
        {
            case ["open", var path]:
                _file = Open(path, ReadWriteCloseOnExec);
                return _file < 0 ? Error() : "ok";
            case ["write", var hex]:
                return Text(Write(_file, Convert.FromHexString(hex), hex.Length / 2));
            case ["poll", var milliseconds]:
                var asked = new Polled { File = _file, Events = PollIn };
                var ready = Poll(ref asked, 1, int.Parse(milliseconds, CultureInfo.InvariantCulture));
                return ready < 0 ? Error() : Text(asked.Returned);
            case ["read"]:
                var length = Read(_file, bytes, bytes.Length);
                return length < 0 ? Error() : Convert.ToHexStringLower(bytes[..(int)length]);
            case ["size"]:
                var size = 0;
                return Ioctl(_file, 0x80044801, ref size) < 0 ? Error() : Text(size);
            default:
                return Text(Close(_file));
        }
    }

    private static string Text(nint result) => result < 0 ? Error() : result.ToString(CultureInfo.InvariantCulture);

    private static string Error() => "errno " + Marshal.GetLastPInvokeError().ToString(CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Write(int file, byte[] bytes, nint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Read(int file, byte[] bytes, nint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(ref Polled file, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Ioctl(int file, nuint request, ref int value);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int file);

    private struct Polled
    {
        public int File;
        public short Events;
        public short Returned;
    }
}
