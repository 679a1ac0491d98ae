using System.Text;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Kms.Testing.YubiHsm;

/// <summary>The symmetric primitives of the device, all of BouncyCastle.</summary>
public static class DeviceCrypto
{
    private const int CcmTagSize = 16;

    /// <summary>Bytes of the nonce in front of everything wrapped.</summary>
    public const int CcmNonceSize = 13;

    /// <summary>K-ENC and K-MAC of a password, 16 bytes each: PBKDF2-HMAC-SHA256, salt "Yubico", 10000 rounds.</summary>
    public static byte[] PasswordKeys(string password)
    {
        var generator = new Pkcs5S2ParametersGenerator(new Sha256Digest());
        generator.Init(Encoding.UTF8.GetBytes(password), "Yubico"u8.ToArray(), 10_000);
        return ((KeyParameter)generator.GenerateDerivedMacParameters(256)).GetKey();
    }

    /// <summary>AES-CMAC, 16 bytes.</summary>
    public static byte[] Cmac(byte[] key, byte[] message)
    {
        var mac = new CMac(new AesEngine());
        mac.Init(new KeyParameter(key));
        mac.BlockUpdate(message, 0, message.Length);
        var output = new byte[16];
        mac.DoFinal(output, 0);
        return output;
    }

    /// <summary>SHA-256, 32 bytes.</summary>
    public static byte[] Sha256(byte[] message) => Digest(new Sha256Digest(), message);

    /// <summary>SHA-512, 64 bytes.</summary>
    public static byte[] Sha512(byte[] message) => Digest(new Sha512Digest(), message);

    /// <summary>AES-CBC without padding whose IV is the encrypted counter.</summary>
    internal static byte[] Cbc(bool encrypt, byte[] key, byte[] counter, byte[] input)
    {
        var iv = new byte[16];
        var engine = new AesEngine();
        engine.Init(true, new KeyParameter(key));
        engine.ProcessBlock(counter, 0, iv, 0);

        var cbc = new BufferedBlockCipher(new CbcBlockCipher(new AesEngine()));
        cbc.Init(encrypt, new ParametersWithIV(new KeyParameter(key), iv));
        return cbc.DoFinal(input);
    }

    /// <summary>nonce || ciphertext || tag.</summary>
    public static byte[] CcmSeal(byte[] key, byte[] nonce, byte[] plaintext) => [.. nonce, .. Ccm(true, key, nonce, plaintext)];

    /// <summary>The plaintext; null when the tag is wrong or there is none.</summary>
    public static byte[]? CcmOpen(byte[] key, byte[] wrapped)
    {
        if (wrapped.Length < CcmNonceSize + CcmTagSize) return null;
        try
        {
            return Ccm(false, key, wrapped[..CcmNonceSize], wrapped[CcmNonceSize..]);
        }
        catch (InvalidCipherTextException)
        {
            return null;
        }
    }

    private static byte[] Ccm(bool seal, byte[] key, byte[] nonce, byte[] input)
    {
        var ccm = new CcmBlockCipher(new AesEngine());
        ccm.Init(seal, new AeadParameters(new KeyParameter(key), 8 * CcmTagSize, nonce));
        return ccm.ProcessPacket(input, 0, input.Length);
    }

    private static byte[] Digest(IDigest digest, byte[] message)
    {
        digest.BlockUpdate(message, 0, message.Length);
        var output = new byte[digest.GetDigestSize()];
        digest.DoFinal(output, 0);
        return output;
    }
}
