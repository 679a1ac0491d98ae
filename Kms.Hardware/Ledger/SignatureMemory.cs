using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Hardware.Ledger;

/// <summary>The last signatures that a device gave. The app refuses to sign the same bytes a second time, but a node whose connection broke asks for them
/// again, and so does one that did not wait for the confirmation. Safe for use from several threads.</summary>
public sealed class SignatureMemory
{
    /// <summary>Signatures kept: those of some rounds, to bound the memory.</summary>
    public const int Capacity = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<(PublicKey, SignBytes), Signature> _signatures = [];
    private readonly Queue<(PublicKey, SignBytes)> _order = new();

    /// <summary>The signature that was given over these bytes with this key; null when there was none, or too long ago.</summary>
    public Signature? Find(PublicKey key, SignBytes message)
    {
        lock (_lock) return _signatures.GetValueOrDefault((key, message));
    }

    /// <summary>Keeps a signature and forgets the oldest one.</summary>
    /// <param name="key">The key that made it.</param>
    /// <param name="message">The exact bytes.</param>
    /// <param name="signature">Verified.</param>
    public void Add(PublicKey key, SignBytes message, Signature signature)
    {
        lock (_lock)
        {
            if (!_signatures.TryAdd((key, message), signature)) return;
            _order.Enqueue((key, message));
            if (_order.Count > Capacity) _signatures.Remove(_order.Dequeue());
        }
    }
}
