namespace Kms.Core.Consensus;

/// <summary>Immutable bytes that are equal when their contents are. The base of every byte-valued type of the domain,
/// so that a signature is never passed where sign bytes are meant.</summary>
public abstract record ByteString
{
    private readonly byte[] _bytes;

    /// <summary>Copies <paramref name="bytes"/>.</summary>
    protected ByteString(ReadOnlySpan<byte> bytes) => _bytes = bytes.ToArray();

    /// <summary>The bytes, for pure functions.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>The bytes, where they must outlive a stack frame (an await, a device command).</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>Number of bytes.</summary>
    public int Length => _bytes.Length;

    /// <inheritdoc/>
    public virtual bool Equals(ByteString? other) =>
        other is not null && EqualityContract == other.EqualityContract && Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>Lower-case hexadecimal.</summary>
    public sealed override string ToString() => Convert.ToHexStringLower(_bytes);
}
