using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace Kms.Hardware.YubiHsm.Scp03;

/// <summary>AES-CMAC (RFC 4493) under one key.</summary>
/// <remarks>BouncyCastle keeps the key in objects of the garbage collector that cannot be zeroed: one copy for each session key, useless after its
/// session, and one of K-MAC for each session that is opened.</remarks>
internal sealed class AesCmac
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 16;

    private readonly CMac _mac = new(AesUtilities.CreateEngine());

    public AesCmac(ReadOnlySpan<byte> key) => _mac.Init(new KeyParameter(key));

    /// <summary>The MAC of two pieces, one after the other.</summary>
    /// <param name="first">May be the same bytes as <paramref name="mac"/>.</param>
    /// <param name="second">What follows.</param>
    /// <param name="mac">Takes <see cref="Size"/> bytes.</param>
    public void Compute(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> mac)
    {
        _mac.BlockUpdate(first);
        _mac.BlockUpdate(second);
        _mac.DoFinal(mac);
    }
}
