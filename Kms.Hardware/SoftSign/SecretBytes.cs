using System.Security.Cryptography;

namespace Kms.Hardware.SoftSign;

/// <summary>Secret bytes on their way from a file or a device to a key handle: pinned, so that the garbage collector leaves no copies behind, and
/// zeroed on <see cref="Dispose"/>. Lives for one operation only: what stays longer is a <see cref="GuardedSecret"/>.</summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;

    /// <summary>Zeroes to be filled in.</summary>
    /// <param name="length">Size in bytes.</param>
    public SecretBytes(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    /// <summary>The bytes; all zero after <see cref="Dispose"/>.</summary>
    public Span<byte> Span => _bytes;

    /// <summary>The same bytes, for what must outlive a stack frame (a device command).</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);
}
