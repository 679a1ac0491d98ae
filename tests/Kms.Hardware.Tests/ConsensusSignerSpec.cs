using System.Text;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Testing;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Kms.Hardware.Tests;

/// <summary>What every consensus key must do, wherever it lives. Each provider's tests inherit this class.</summary>
public abstract class ConsensusSignerSpec
{
    private static readonly SignBytes Message = new(Encoding.ASCII.GetBytes("canonical sign bytes"));

    /// <summary>What its keys are.</summary>
    protected virtual KeyAlgorithm Algorithm => KeyAlgorithm.Ed25519;

    /// <summary>Opens the provider under test; always the same key.</summary>
    protected abstract IConsensusSigner Open();

    [Fact]
    public async Task A_signature_verifies_in_another_implementation()
    {
        using var signer = Open();
        foreach (var length in new[] { 0, 1, 111, 1024 })
        {
            var message = new SignBytes(Enumerable.Range(0, length).Select(i => (byte)(i % 251)).ToArray());
            var outcome = await signer.SignAsync(message, CancellationToken.None);
            Assert.Null(outcome.Error);
            Assert.True(Verifies(signer.PublicKey, message, outcome.Signature!), $"message of {length} bytes");
        }
    }

    [Fact]
    public async Task The_same_message_gets_the_same_signature()
    {
        using var signer = Open();
        var first = await signer.SignAsync(Message, CancellationToken.None);
        var second = await signer.SignAsync(Message, CancellationToken.None);
        Assert.Equal(first.Signature, second.Signature);
    }

    [Fact]
    public async Task Another_message_gets_another_signature()
    {
        using var signer = Open();
        var first = await signer.SignAsync(Message, CancellationToken.None);
        var second = await signer.SignAsync(new SignBytes([1]), CancellationToken.None);
        Assert.NotEqual(first.Signature, second.Signature);
    }

    [Fact]
    public void The_public_key_is_the_same_each_time_the_key_is_opened()
    {
        using var first = Open();
        using var second = Open();
        Assert.Equal(first.PublicKey, second.PublicKey);
        Assert.Equal(Algorithm, first.PublicKey.Algorithm);
        Assert.NotEmpty(first.Provider);
    }

    [Fact]
    public async Task A_cancelled_deadline_is_an_answer_and_not_an_exception()
    {
        using var signer = Open();
        var outcome = await signer.SignAsync(Message, new CancellationToken(canceled: true));
        Assert.Null(outcome.Signature);
        Assert.NotEmpty(outcome.Error!);
    }

    [Fact]
    public async Task A_late_request_does_not_spoil_the_next_one()
    {
        using var signer = Open();
        await signer.SignAsync(Message, new CancellationToken(canceled: true));
        var outcome = await signer.SignAsync(Message, CancellationToken.None);
        Assert.True(Verifies(signer.PublicKey, Message, outcome.Signature!));
    }

    [Fact]
    public async Task Several_threads_may_sign_at_once()
    {
        using var signer = Open();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(async () =>
        {
            var ok = true;
            for (var i = 0; i < 25; i++)
            {
                var message = new SignBytes(Encoding.ASCII.GetBytes($"{thread}/{i}"));
                var outcome = await signer.SignAsync(message, CancellationToken.None);
                ok &= outcome.Signature is not null && Verifies(signer.PublicKey, message, outcome.Signature);
            }

            return ok;
        })));
        Assert.All(outcomes, Assert.True);
    }

    [Fact]
    public async Task After_closing_there_is_an_answer_and_the_public_key_is_still_known()
    {
        var signer = Open();
        var publicKey = signer.PublicKey;
        signer.Dispose();
        signer.Dispose();
        var outcome = await signer.SignAsync(Message, CancellationToken.None);
        Assert.Null(outcome.Signature);
        Assert.NotEmpty(outcome.Error!);
        Assert.Equal(publicKey, signer.PublicKey);
    }

    /// <summary>By a library that shares no code with any provider: BouncyCastle, and OpenSSL where a provider's is BouncyCastle.</summary>
    protected static bool Verifies(PublicKey key, SignBytes message, Signature signature)
    {
        if (key.Algorithm == KeyAlgorithm.Secp256k1) return OpenSslSecp256k1.Verifies(key.Span, message.Span, signature.Span);
        var verifier = new Ed25519Signer();
        verifier.Init(false, new Ed25519PublicKeyParameters(key.Span.ToArray()));
        verifier.BlockUpdate(message.Span.ToArray(), 0, message.Length);
        return verifier.VerifySignature(signature.Span.ToArray());
    }
}
