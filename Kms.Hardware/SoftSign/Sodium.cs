using System.Runtime.InteropServices;

namespace Kms.Hardware.SoftSign;

/// <summary>The functions of libsodium that NSec does not offer: arithmetic of edwards25519 for a key without a seed, and guarded memory. The
/// library is the one that NSec brings along. None of them branches on a secret or indexes by one.</summary>
internal static partial class Sodium
{
    private const string Library = "libsodium";

    /// <summary>sodium_init; may be called any number of times. Negative when there is no source of randomness.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int Initialise();

    /// <summary>sodium_malloc: locked memory between guard pages, kept out of core dumps; zero when there is none left.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_malloc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial nint Allocate(nuint size);

    /// <summary>sodium_free: zeroes first.</summary>
    [LibraryImport(Library, EntryPoint = "sodium_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void Free(nint memory);

    /// <summary>crypto_scalarmult_ed25519_base_noclamp: <paramref name="point"/> = scalar · B. Not zero for a scalar of zero.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_scalarmult_ed25519_base_noclamp")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial int MultiplyBase(Span<byte> point, ReadOnlySpan<byte> scalar);

    /// <summary>crypto_core_ed25519_scalar_reduce: 64 bytes modulo the group's order.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_core_ed25519_scalar_reduce")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void Reduce(Span<byte> scalar, ReadOnlySpan<byte> wide);

    /// <summary>crypto_core_ed25519_scalar_mul: x · y modulo the group's order; neither needs to be reduced.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_core_ed25519_scalar_mul")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void Multiply(Span<byte> product, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);

    /// <summary>crypto_core_ed25519_scalar_add: x + y modulo the group's order; both reduced.</summary>
    [LibraryImport(Library, EntryPoint = "crypto_core_ed25519_scalar_add")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void Add(Span<byte> sum, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);
}
