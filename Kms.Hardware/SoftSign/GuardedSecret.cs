using Microsoft.Win32.SafeHandles;

namespace Kms.Hardware.SoftSign;

/// <summary>A secret for as long as the process lives: outside the garbage collector's reach, locked into memory, between guard pages, and
/// zeroed when it is freed (libsodium, "Secure memory"). The handle's count keeps a signature that is being made safe from a shutdown.</summary>
internal sealed class GuardedSecret : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly int _length;

    private GuardedSecret(nint memory, int length) : base(ownsHandle: true)
    {
        SetHandle(memory);
        _length = length;
    }

    /// <summary>What reads the secret; it must not keep the bytes.</summary>
    public delegate void Reader(ReadOnlySpan<byte> secret);

    /// <summary>Copies a secret; the caller zeroes its own.</summary>
    /// <exception cref="InvalidOperationException">There is no memory, or no source of randomness for the guards.</exception>
    public static unsafe GuardedSecret CopyOf(ReadOnlySpan<byte> secret)
    {
        var memory = Sodium.Initialise() < 0 ? 0 : Sodium.Allocate((nuint)secret.Length);
        if (memory == 0) throw new InvalidOperationException("libsodium has no memory for a key");
        secret.CopyTo(new Span<byte>((void*)memory, secret.Length));
        return new GuardedSecret(memory, secret.Length);
    }

    /// <summary>Hands the secret to <paramref name="reader"/>.</summary>
    /// <exception cref="ObjectDisposedException">The secret is gone.</exception>
    public unsafe void Read(Reader reader)
    {
        var taken = false;
        try
        {
            DangerousAddRef(ref taken);
            reader(new ReadOnlySpan<byte>((void*)handle, _length));
        }
        finally
        {
            if (taken) DangerousRelease();
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Sodium.Free(handle);
        return true;
    }
}
