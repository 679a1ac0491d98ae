using System.Formats.Asn1;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>A device with two keys, without a wire: 0x0001 is of Ed25519, 0x0002 of secp256k1. It leaves
/// s where it is: half of its ECDSA signatures are in the upper half.</summary>
public sealed class FakeYubiHsm : IYubiHsm
{
    private static readonly ECDomainParameters Curve = new(CustomNamedCurves.GetByName("secp256k1"));

    private readonly Ed25519PrivateKeyParameters _ed25519 = new(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());
    private readonly BigInteger _secp256k1 = new(1, Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    /// <summary>What it answers instead; null to work.</summary>
    public YubiHsmFailure? Failure { get; set; }

    public ValueTask<YubiHsmReply<TResponse>> SendAsync<TResponse>(ICommand<TResponse> command, CancellationToken deadline)
        where TResponse : class, IResponse<TResponse>
    {
        if (Failure is not null) return ValueTask.FromResult<YubiHsmReply<TResponse>>(Failure);
        var data = Commands.Write(command);
        var answer = (command.Code, data[1]) switch
        {
            (CommandCode.GetPublicKey, 1) => [46, .. _ed25519.GeneratePublicKey().GetEncoded()],
            (CommandCode.GetPublicKey, 2) => [15, .. Curve.G.Multiply(_secp256k1).Normalize().GetEncoded(false)[1..]],
            (CommandCode.SignEddsa, 1) => SignEddsa(data[2..]),
            (CommandCode.SignEcdsa, 2) => SignEcdsa(data[2..]),
            _ => null,
        };
        return ValueTask.FromResult<YubiHsmReply<TResponse>>(answer is null
            ? YubiHsmFailure.Refused(command.Code, DeviceError.ObjectNotFound)
            : TResponse.TryParse(answer, out var response) ? response : throw new InvalidOperationException("a response that is none"));
    }

    private byte[] SignEddsa(byte[] message)
    {
        var signer = new Ed25519Signer();
        signer.Init(true, _ed25519);
        signer.BlockUpdate(message, 0, message.Length);
        return signer.GenerateSignature();
    }

    private byte[] SignEcdsa(byte[] digest)
    {
        var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
        signer.Init(true, new ECPrivateKeyParameters(_secp256k1, Curve));
        var numbers = signer.GenerateSignature(digest);
        var der = new AsnWriter(AsnEncodingRules.DER);
        using (der.PushSequence())
        {
            foreach (var number in numbers) der.WriteIntegerUnsigned(number.ToByteArrayUnsigned());
        }

        return der.Encode();
    }
}
