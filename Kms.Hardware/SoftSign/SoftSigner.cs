using Kms.Core.Consensus;
using Kms.Core.Signing;
using NSec.Cryptography;
using PublicKey = Kms.Core.Signing.PublicKey;

namespace Kms.Hardware.SoftSign;

/// <summary>An Ed25519 consensus key in this process (RFC 8032, libsodium through NSec). The seed lives in NSec's guarded memory and cannot
/// be read back; the file it came from is the only other copy. Safe for use from several threads.</summary>
public sealed class SoftSigner : IConsensusSigner
{
    /// <summary>Seed size in bytes (RFC 8032, section 5.1.5).</summary>
    public const int SeedSize = 32;

    private readonly Key _key;

    private SoftSigner(Key key)
    {
        _key = key;
        PublicKey = new PublicKey(KeyAlgorithm.Ed25519, key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
    }

    /// <inheritdoc/>
    public string Provider => "softsign";

    /// <inheritdoc/>
    public PublicKey PublicKey { get; }

    /// <summary>Imports a seed; the caller zeroes its copy.</summary>
    /// <param name="seed">The <see cref="SeedSize"/> bytes of an RFC 8032 private key.</param>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static SoftSigner FromSeed(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize) throw new ArgumentException($"an Ed25519 seed has {SeedSize} bytes, not {seed.Length}", nameof(seed));
        return new SoftSigner(Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey));
    }

    /// <inheritdoc/>
    public ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        if (deadline.IsCancellationRequested) return ValueTask.FromResult(SignOutcome.Failed("softsign: the deadline passed before signing"));
        try
        {
            Span<byte> signature = stackalloc byte[Signature.Size];
            SignatureAlgorithm.Ed25519.Sign(_key, message.Span, signature);
            return ValueTask.FromResult(SignOutcome.Ok(new Signature(signature)));
        }
        catch (ObjectDisposedException)
        {
            // A request that races with shutdown: an answer, as for a device that was unplugged.
            return ValueTask.FromResult(SignOutcome.Failed("softsign: the key is closed"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
