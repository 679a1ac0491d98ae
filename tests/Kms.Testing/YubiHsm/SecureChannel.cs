using System.Buffers.Binary;
using Org.BouncyCastle.Utilities;

namespace Kms.Testing.YubiHsm;

/// <summary>The device's end of a session (SCP03, in Yubico's variant): opens commands, seals responses.</summary>
/// <param name="sEnc">Key of the messages.</param>
/// <param name="sMac">Key of the commands' MACs.</param>
/// <param name="sRmac">Key of the responses' MACs.</param>
/// <param name="chain">The last command's MAC, 16 bytes; zeros before the first.</param>
/// <param name="counter">Number of the next message; 1 after the session is authenticated.</param>
public sealed class SecureChannel(byte[] sEnc, byte[] sMac, byte[] sRmac, byte[] chain, UInt128 counter)
{
    /// <summary>Bytes of a MAC as sent.</summary>
    public const int MacSize = 8;

    private const byte EncConstant = 4, MacConstant = 6, RmacConstant = 7, CardConstant = 0, HostConstant = 1;

    private byte[] _chain = chain;
    private UInt128 _counter = counter;

    /// <summary>The channel of an authentication key (K-ENC || K-MAC) and the challenges of both sides.</summary>
    public static SecureChannel Derive(byte[] keys, byte[] context) => new(
        Kdf(keys[..16], EncConstant, 128, context), Kdf(keys[16..], MacConstant, 128, context), Kdf(keys[16..], RmacConstant, 128, context),
        new byte[16], 1);

    /// <summary>What the card proves the knowledge of the key with, 8 bytes.</summary>
    public byte[] CardCryptogram(byte[] context) => Kdf(sMac, CardConstant, 64, context);

    /// <summary>Whether AuthenticateSession is honest in both its halves. The chain moves on with it.</summary>
    public bool Authenticate(byte[] frame, byte[] context) =>
        frame.Length == 20 && Verify(frame) && Arrays.FixedTimeEquals(frame[4..12], Kdf(sMac, HostConstant, 64, context));

    /// <summary>Checks a command's MAC and decrypts it.</summary>
    /// <returns>The inner frame with its padding removed, empty when there is none in it; null when the MAC is wrong.</returns>
    public byte[]? Open(byte[] frame) =>
        frame.Length >= 4 + 16 + MacSize && (frame.Length - 4 - MacSize) % 16 == 0 && Verify(frame) ? Unpad(Crypt(false, frame[4..^MacSize])) : null;

    /// <summary>Encrypts the answer to the command opened last, and counts on.</summary>
    public byte[] Seal(byte sessionId, byte[] inner)
    {
        var body = Crypt(true, Pad(inner));
        byte[] frame = [0x85, .. U16(1 + body.Length + MacSize), sessionId, .. body];
        _counter++;
        return [.. frame, .. DeviceCrypto.Cmac(sRmac, [.. _chain, .. frame])[..MacSize]];
    }

    /// <summary>Seals a command as a host does.</summary>
    public byte[] SealCommand(byte sessionId, byte[] inner)
    {
        var body = Crypt(true, Pad(inner));
        byte[] frame = [0x05, .. U16(1 + body.Length + MacSize), sessionId, .. body];
        _chain = DeviceCrypto.Cmac(sMac, [.. _chain, .. frame]);
        return [.. frame, .. _chain[..MacSize]];
    }

    /// <summary>Opens the answer to the command sealed last as a host does, and counts on; null when its MAC is wrong.</summary>
    public byte[]? OpenResponse(byte[] frame)
    {
        if (frame.Length < 4 + 16 + MacSize || (frame.Length - 4 - MacSize) % 16 != 0) return null;
        var mac = DeviceCrypto.Cmac(sRmac, [.. _chain, .. frame[..^MacSize]])[..MacSize];
        if (!Arrays.FixedTimeEquals(mac, frame[^MacSize..])) return null;
        var inner = Unpad(Crypt(false, frame[4..^MacSize]));
        _counter++;
        return inner;
    }

    /// <summary>The frame AuthenticateSession as a host sends it.</summary>
    public byte[] AuthenticateCommand(byte sessionId, byte[] context)
    {
        byte[] frame = [0x04, .. U16(17), sessionId, .. Kdf(sMac, HostConstant, 64, context)];
        _chain = DeviceCrypto.Cmac(sMac, [.. _chain, .. frame]);
        return [.. frame, .. _chain[..MacSize]];
    }

    private static byte[] Kdf(byte[] key, byte constant, int bits, byte[] context) =>
        DeviceCrypto.Cmac(key, [.. new byte[11], constant, 0, .. U16(bits), 1, .. context])[..(bits / 8)];

    private bool Verify(byte[] frame)
    {
        var mac = DeviceCrypto.Cmac(sMac, [.. _chain, .. frame[..^MacSize]]);
        if (!Arrays.FixedTimeEquals(mac[..MacSize], frame[^MacSize..])) return false;
        _chain = mac;
        return true;
    }

    private byte[] Crypt(bool encrypt, byte[] input)
    {
        var block = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(block, _counter);
        return DeviceCrypto.Cbc(encrypt, sEnc, block, input);
    }

    private static byte[] Pad(byte[] inner) => [.. inner, 0x80, .. new byte[15 - (inner.Length % 16)]];

    private static byte[] Unpad(byte[] padded)
    {
        var end = Array.FindLastIndex(padded, b => b != 0);
        return end >= 0 && padded[end] == 0x80 ? padded[..end] : [];
    }

    private static byte[] U16(int value) => [(byte)(value >> 8), (byte)(value & 0xFF)];
}
