using System.Collections.Concurrent;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Kms.Testing;

/// <summary>A consensus key that remembers everything it was given and does what a script says. Its Ed25519 is BouncyCastle's, its secp256k1
/// OpenSSL's with a random nonce: not the product's. Safe for use from several threads.</summary>
public sealed class ScriptedKey(KeyAlgorithm algorithm = KeyAlgorithm.Ed25519) : IConsensusSigner
{
    private static readonly byte[] Secret = [.. Enumerable.Repeat((byte)7, 32)];

    private readonly Ed25519PrivateKeyParameters _key = new(Secret, 0);
    private readonly ConcurrentQueue<Func<SignBytes, CancellationToken, ValueTask<SignOutcome>>> _scripts = new();
    private readonly ConcurrentQueue<SignBytes> _given = new();

    /// <summary>Called with everything the key is given, before it signs.</summary>
    public Action<SignBytes>? Witness { get; init; }

    /// <summary>Everything the key was given, in order.</summary>
    public IReadOnlyList<SignBytes> Given => [.. _given];

    /// <inheritdoc/>
    public string Provider => "scripted";

    /// <inheritdoc/>
    public PublicKey PublicKey { get; } = new(
        algorithm,
        algorithm == KeyAlgorithm.Ed25519
            ? new Ed25519PrivateKeyParameters(Secret, 0).GeneratePublicKey().GetEncoded()
            : OpenSslSecp256k1.PublicKey(Secret));

    /// <inheritdoc/>
    public bool SignsOnlyVotes { get; init; }

    /// <summary>What to do instead of signing, once; several scripts run in order.</summary>
    public void Next(Func<SignBytes, CancellationToken, ValueTask<SignOutcome>> script) => _scripts.Enqueue(script);

    /// <summary>What to do instead of signing, once.</summary>
    public void Next(Func<SignBytes, SignOutcome> script) => Next((bytes, _) => ValueTask.FromResult(script(bytes)));

    /// <inheritdoc/>
    public ValueTask<SignOutcome> SignAsync(SignBytes message, CancellationToken deadline)
    {
        _given.Enqueue(message);
        Witness?.Invoke(message);
        if (_scripts.TryDequeue(out var script)) return script(message, deadline);
        return ValueTask.FromResult(deadline.IsCancellationRequested ? SignOutcome.Failed("too late") : SignOutcome.Ok(Sign(message)));
    }

    /// <summary>A right signature.</summary>
    public Signature Sign(SignBytes message)
    {
        if (PublicKey.Algorithm == KeyAlgorithm.Secp256k1) return new Signature(OpenSslSecp256k1.Sign(Secret, message.Span.ToArray()));
        var signer = new Ed25519Signer();
        signer.Init(forSigning: true, _key);
        signer.BlockUpdate(message.Span);
        return new Signature(signer.GenerateSignature());
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
