using System.Globalization;
using System.Runtime.InteropServices;
using Kms.Testing.Ledger;

namespace Kms.Testing.Usb;

/// <summary>A directory with a file `hidraw0` that behaves as the kernel's hidraw node of a simulated Ledger: open, read, write, poll and ioctl go through the
/// real kernel, which asks here (FUSE). Only for processes other than this one: one that waits for itself cannot end.</summary>
public sealed partial class EmulatedHidraw : IDisposable
{
    private const string Device = "/dev/fuse";
    private const string NodeName = "hidraw0";
    private const ulong RootInode = 1;
    private const ulong NodeInode = 2;
    private const int NoEntry = 2;
    private const int NotTty = 25;
    private const int NotImplemented = 38;

    // MS_NOSUID | MS_NODEV; MNT_FORCE | MNT_DETACH, which ends all that waits.
    private const uint MountFlags = 6;
    private const int UnmountFlags = 3;

    private readonly LedgerHid _ledger;
    private readonly FileStream _kernel;
    private readonly Thread _serving;
    private readonly Dictionary<ulong, HidrawFile> _files = [];
    private ulong _handles;

    public EmulatedHidraw(LedgerHid ledger)
    {
        _ledger = ledger;
        _kernel = new FileStream(Device, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Root = Directory.CreateTempSubdirectory("hidraw-").FullName;
        var options = string.Create(CultureInfo.InvariantCulture, $"fd={_kernel.SafeFileHandle.DangerousGetHandle()},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions");
        if (Mount("ledger", Root, "fuse", MountFlags, options) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            Directory.Delete(Root);
            _kernel.Dispose();
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"errno {errno}"));
        }

        _serving = new Thread(Serve) { IsBackground = true };
        _serving.Start();
    }

    /// <summary>Why there can be none on this machine; null when there can.</summary>
    public static string? Missing { get; } = Try();

    /// <summary>The directory that stands for /dev.</summary>
    public string Root { get; }

    /// <summary>The node.</summary>
    public string Path => System.IO.Path.Combine(Root, NodeName);

    /// <summary>Who may open it.</summary>
    public UnixFileMode Mode { get; set; } = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>After the processes that have it open.</summary>
    public void Dispose()
    {
        Unmount(Root, UnmountFlags);
        _serving.Join();
        _kernel.Dispose();
        foreach (var file in _files.Values) file.Dispose();
        Directory.Delete(Root);
    }

    internal void Send(byte[] message)
    {
        try
        {
            _kernel.Write(message);
        }
        catch (IOException)
        {
            // Who has asked is gone.
        }
    }

    // To be root is not enough in a container.
    private static string? Try()
    {
        try
        {
            using var device = new LedgerHid(new SimulatedLedger());
            using var emulation = new EmulatedHidraw(device);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"FUSE cannot be mounted: {e.Message}";
        }
    }

    private void Serve()
    {
        var buffer = new byte[1 << 18];
        try
        {
            while (_kernel.Read(buffer) is > 0 and var length) Answer(new FuseRequest(buffer[..length]));
        }
        catch (IOException)
        {
            // Unmounted.
        }
    }

    private void Answer(FuseRequest request)
    {
        switch (request.Code)
        {
            case FuseRequest.Initialise:
                // Version 7.31; writes of 16 KiB at most.
                Send(request.Answer(Fields(7u, 31u, 0u, 0u, 0u, 16384u, 1u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u)));
                break;
            case FuseRequest.Lookup:
                Send(request.Name == NodeName && _ledger.IsPlugged ? request.Answer([.. Fields(NodeInode, 0ul, 0ul, 0ul, 0ul), .. Attributes(NodeInode)])
                    : request.Fail(NoEntry));
                break;
            case FuseRequest.GetAttributes:
                Send(request.Answer([.. Fields(0ul, 0ul), .. Attributes(request.Inode)]));
                break;
            case FuseRequest.Open:
                Send(Open(request));
                break;
            case FuseRequest.Read or FuseRequest.Write or FuseRequest.Poll:
                _files[request.Handle].Answer(request);
                break;
            case FuseRequest.Ioctl:
                Send(request.IoctlNumber == HidrawFile.DescriptorSize ? request.Answer(Fields(0u, 0u, 0u, 0u, HidrawFile.ReportDescriptorBytes)) : request.Fail(NotTty));
                break;
            case FuseRequest.Interrupt:
                foreach (var file in _files.Values) file.Interrupt(request.Interrupted);
                break;
            case FuseRequest.Release:
                if (_files.Remove(request.Handle, out var closed)) closed.Dispose();
                Send(request.Answer());
                break;
            case FuseRequest.Flush:
                Send(request.Answer());
                break;
            case FuseRequest.Forget or FuseRequest.ForgetMany:
                break;
            default:
                Send(request.Fail(NotImplemented));
                break;
        }
    }

    private byte[] Open(FuseRequest request)
    {
        try
        {
            _files[++_handles] = new HidrawFile(_ledger.Open(), this);
            // FOPEN_DIRECT_IO | FOPEN_NONSEEKABLE | FOPEN_STREAM: every call arrives as it was made.
            return request.Answer(Fields(_handles, 21ul));
        }
        catch (IOException e)
        {
            return request.Fail(e.HResult);
        }
    }

    // struct fuse_attr.
    private byte[] Attributes(ulong inode) =>
        [.. Fields(inode, 0ul, 0ul, 0ul, 0ul, 0ul), .. Fields(0u, 0u, 0u, inode == RootInode ? 0x41EDu : 0x8000u | (uint)Mode, 1u, 0u, 0u, 0u, 4096u, 0u)];

    private static byte[] Fields<T>(params ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Mount(string source, string target, string type, nuint flags, string options);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmount(string target, int flags);
}
