using System.Security.Cryptography;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm.Scp03;

/// <summary>The secret of an authentication key: K-ENC and K-MAC, two AES-128 keys, in guarded memory for as long as sessions may have to be opened.
/// A password is stretched into them once and is not kept.</summary>
public sealed class Credentials : IDisposable
{
    /// <summary>Size in bytes of both keys: K-ENC, K-MAC.</summary>
    public const int SecretSize = 32;

    private const int Iterations = 10_000;

    private readonly GuardedSecret _secret;

    private Credentials(ushort keyId, GuardedSecret secret)
    {
        KeyId = keyId;
        _secret = secret;
    }

    /// <summary>What reads both keys; it must not keep the bytes.</summary>
    internal delegate void Reader(ReadOnlySpan<byte> encryption, ReadOnlySpan<byte> mac);

    /// <summary>The id of the authentication key.</summary>
    public ushort KeyId { get; }

    /// <summary>Stretches a password as Yubico's programs do: PBKDF2-HMAC-SHA256, salt "Yubico", 10 000 rounds. The caller zeroes its copy.</summary>
    /// <param name="keyId">The authentication key.</param>
    /// <param name="password">UTF-8, as typed: not normalised, without a line end.</param>
    public static Credentials FromPassword(ushort keyId, ReadOnlySpan<byte> password)
    {
        using var secret = new SecretBytes(SecretSize);
        Stretch(password, secret.Span);
        return FromSecret(keyId, secret.Span);
    }

    /// <summary>Takes the two keys themselves. The caller zeroes its copy.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static Credentials FromSecret(ushort keyId, ReadOnlySpan<byte> secret) => secret.Length == SecretSize
        ? new Credentials(keyId, GuardedSecret.CopyOf(secret))
        : throw new ArgumentException($"an authentication key has {SecretSize} bytes, not {secret.Length}", nameof(secret));

    /// <summary>The two keys of a password, as PutAuthenticationKey needs them.</summary>
    /// <param name="password">UTF-8.</param>
    /// <param name="secret">Takes the <see cref="SecretSize"/> bytes.</param>
    public static void Stretch(ReadOnlySpan<byte> password, Span<byte> secret) =>
        Rfc2898DeriveBytes.Pbkdf2(password, "Yubico"u8, secret, Iterations, HashAlgorithmName.SHA256);

    /// <inheritdoc/>
    public void Dispose() => _secret.Dispose();

    /// <summary>Hands the keys to <paramref name="reader"/>.</summary>
    /// <exception cref="ObjectDisposedException">The keys are gone.</exception>
    internal void Read(Reader reader) => _secret.Read(secret => reader(secret[..16], secret[16..]));
}
