using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Kms.Testing.Ledger;

/// <summary>The one key of the device, by BouncyCastle, and what it has signed. Derived from the phrase of the device: other apps do not change it.</summary>
internal sealed class LedgerKey(byte[] seed)
{
    private readonly Ed25519PrivateKeyParameters _key = new(seed);
    private readonly List<byte[]> _signed = [];

    /// <summary>32 bytes.</summary>
    public byte[] PublicKey => _key.GeneratePublicKey().GetEncoded();

    /// <summary>Every message, oldest first.</summary>
    public IReadOnlyList<byte[]> Signed => _signed;

    public byte[] Sign(byte[] message)
    {
        var signature = new byte[Ed25519.SignatureSize];
        _key.Sign(Ed25519.Algorithm.Ed25519, null, message, 0, message.Length, signature, 0);
        _signed.Add(message);
        return signature;
    }
}
