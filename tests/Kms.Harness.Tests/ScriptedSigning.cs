using Kms.Core.Signing;
using Kms.Harness.Wire;
using Kms.Testing;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Bytes = Google.Protobuf.ByteString;

namespace Kms.Harness.Tests;

/// <summary>A scripted signer's key.</summary>
internal sealed class ScriptedSigning(KeyAlgorithm algorithm, Flaw flaw)
{
    private readonly byte[] _seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    /// <summary>The public key in both forms: each node reads the one it knows.</summary>
    public void Publish(PubKeyResponse reply)
    {
        var key = KeyOf(flaw == Flaw.WrongPublicKey ? [.. _seed.Reverse()] : _seed);
        if (flaw == Flaw.HasNoPointForAKey) key.AsSpan(1).Fill(0xFF);
        var bytes = Bytes.CopyFrom(key);
        if (flaw != Flaw.NewPublicKeyOnly)
            reply.PubKey = flaw == Flaw.HasAnUnknownKeyType ? new Wire.PublicKey()
                : algorithm == KeyAlgorithm.Ed25519 ? new Wire.PublicKey { Ed25519 = bytes }
                : new Wire.PublicKey { Secp256K1 = bytes };
        if (flaw == Flaw.OldPublicKeyOnly) return;
        (reply.PubKeyType, reply.PubKeyBytes) = (algorithm == KeyAlgorithm.Ed25519 ? "ed25519" : "secp256k1", bytes);
    }

    public Bytes Sign(byte[] bytes)
    {
        if (algorithm == KeyAlgorithm.Secp256k1)
        {
            var made = OpenSslSecp256k1.Sign(_seed, bytes);
            return Bytes.CopyFrom(flaw == Flaw.SignsInTheUpperHalf ? OpenSslSecp256k1.OtherHalf(made) : made);
        }

        var signature = new byte[64];
        Ed25519.Sign(_seed, 0, bytes, 0, bytes.Length, signature, 0);
        return Bytes.CopyFrom(signature);
    }

    private byte[] KeyOf(byte[] seed)
    {
        if (algorithm == KeyAlgorithm.Secp256k1) return OpenSslSecp256k1.PublicKey(seed);
        var key = new byte[32];
        Ed25519.GeneratePublicKey(seed, 0, key, 0);
        return key;
    }
}
