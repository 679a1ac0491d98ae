using System.Buffers.Binary;
using System.Security.Cryptography;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm.Scp03;

/// <summary>What both ends derive from the authentication key and two random challenges: three AES-128 keys, and the two cryptograms by which each end
/// shows the other that it has the authentication key. Lives until the <see cref="SecureChannel"/> is made of it.</summary>
public sealed class SessionKeys : IDisposable
{
    /// <summary>Size of each challenge in bytes.</summary>
    public const int ChallengeSize = 8;

    /// <summary>Size of each cryptogram in bytes.</summary>
    public const int CryptogramSize = 8;

    private const int KeySize = 16;

    private readonly SecretBytes _keys = new(3 * KeySize);
    private readonly byte[] _cryptograms = new byte[2 * CryptogramSize];

    private SessionKeys()
    {
    }

    /// <summary>S-ENC.</summary>
    public ReadOnlySpan<byte> Encryption => _keys.Span[..KeySize];

    /// <summary>S-MAC, for commands.</summary>
    public ReadOnlySpan<byte> CommandMac => _keys.Span[KeySize..(2 * KeySize)];

    /// <summary>S-RMAC, for responses.</summary>
    public ReadOnlySpan<byte> ResponseMac => _keys.Span[(2 * KeySize)..];

    /// <summary>What the device must have sent.</summary>
    public ReadOnlySpan<byte> CardCryptogram => _cryptograms.AsSpan(0, CryptogramSize);

    /// <summary>What the device expects.</summary>
    public ReadOnlySpan<byte> HostCryptogram => _cryptograms.AsSpan(CryptogramSize);

    /// <summary>Derives all of it.</summary>
    /// <param name="credentials">The authentication key.</param>
    /// <param name="hostChallenge">Our <see cref="ChallengeSize"/> random bytes.</param>
    /// <param name="cardChallenge">Those of the device.</param>
    /// <exception cref="ObjectDisposedException">The credentials are gone.</exception>
    public static SessionKeys Derive(Credentials credentials, ReadOnlySpan<byte> hostChallenge, ReadOnlySpan<byte> cardChallenge)
    {
        byte[] context = [.. hostChallenge, .. cardChallenge];
        if (context.Length != 2 * ChallengeSize) throw new ArgumentException($"a challenge has {ChallengeSize} bytes");
        var keys = new SessionKeys();
        credentials.Read((encryption, mac) => keys.Fill(encryption, mac, context));
        return keys;
    }

    /// <summary>Whether the device has the authentication key.</summary>
    /// <param name="cryptogram">What it sent.</param>
    public bool Proves(ReadOnlySpan<byte> cryptogram) => CryptographicOperations.FixedTimeEquals(CardCryptogram, cryptogram);

    /// <inheritdoc/>
    public void Dispose() => _keys.Dispose();

    private void Fill(ReadOnlySpan<byte> encryption, ReadOnlySpan<byte> mac, ReadOnlySpan<byte> context)
    {
        var staticMac = new AesCmac(mac);
        Derive(new AesCmac(encryption), constant: 4, context, _keys.Span[..KeySize]);
        Derive(staticMac, constant: 6, context, _keys.Span[KeySize..(2 * KeySize)]);
        Derive(staticMac, constant: 7, context, _keys.Span[(2 * KeySize)..]);

        var sessionMac = new AesCmac(CommandMac);
        Derive(sessionMac, constant: 0, context, _cryptograms.AsSpan(0, CryptogramSize));
        Derive(sessionMac, constant: 1, context, _cryptograms.AsSpan(CryptogramSize));
    }

    /// <summary>The key derivation of SCP03 (GlobalPlatform Amendment D, section 4.1.5): label, separator, bits, counter, context.</summary>
    private static void Derive(AesCmac key, byte constant, ReadOnlySpan<byte> context, Span<byte> output)
    {
        Span<byte> input = stackalloc byte[16];
        input.Clear();
        input[11] = constant;
        BinaryPrimitives.WriteUInt16BigEndian(input[13..], (ushort)(output.Length * 8));
        input[15] = 1;

        using var mac = new SecretBytes(AesCmac.Size);
        key.Compute(input, context, mac.Span);
        mac.Span[..output.Length].CopyTo(output);
    }
}
