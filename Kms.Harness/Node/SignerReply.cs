using System.Globalization;
using Kms.Core.Consensus;

namespace Kms.Harness;

/// <summary>What came back for one request. Only <see cref="Closed"/>, <see cref="TimedOut"/> and <see cref="Malformed"/> end a connection.</summary>
public abstract record SignerReply
{
    private const int MaxText = 200;

    private SignerReply() { }

    /// <summary>A public key.</summary>
    /// <param name="KeyType">"ed25519", "secp256k1", or "none" when the field is empty.</param>
    /// <param name="Bytes">The raw key.</param>
    public sealed record PublicKey(string KeyType, ReadOnlyMemory<byte> Bytes) : SignerReply
    {
        /// <inheritdoc/>
        public override string ToString() => $"{KeyType} public key {Convert.ToHexStringLower(Bytes.Span)}";
    }

    /// <summary>The answer to a ping.</summary>
    public sealed record Pong : SignerReply
    {
        /// <inheritdoc/>
        public override string ToString() => "pong";
    }

    /// <summary>A vote, a proposal or raw bytes, signed by its own account; nothing is verified yet.</summary>
    /// <param name="Signature">The signature, of whatever length came.</param>
    /// <param name="Timestamp">The timestamp in the reply. A node takes it over for votes, and ignores it for proposals; raw bytes have
    /// none.</param>
    /// <param name="ExtensionSignature">The extension signature; empty when there is none.</param>
    public sealed record Signed(ReadOnlyMemory<byte> Signature, Timestamp Timestamp, ReadOnlyMemory<byte> ExtensionSignature) : SignerReply
    {
        /// <summary>The signature over the extension that is not protected against replay (CometBFT 2.0); empty when there is none.</summary>
        public ReadOnlyMemory<byte> NonRpExtensionSignature { get; init; }

        /// <inheritdoc/>
        public override string ToString() => "signed";
    }

    /// <summary>A refusal (RemoteSignerError). A node keeps the connection and does not ask again.</summary>
    /// <param name="Code">Error code; 2 is a double sign in tmkms.</param>
    /// <param name="Text">The signer's words, as they came.</param>
    /// <param name="Leaked">A signature that came along with the error; null in a sane reply.</param>
    public sealed record Error(int Code, string Text, Signed? Leaked) : SignerReply
    {
        /// <inheritdoc/>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"refused with code {Code}: \"{Printable(Text)}\"");
    }

    /// <summary>The signer closed or reset the connection.</summary>
    /// <param name="Reason">How it ended.</param>
    public sealed record Closed(string Reason) : SignerReply
    {
        /// <inheritdoc/>
        public override string ToString() => $"hung up ({Reason})";
    }

    /// <summary>No complete reply came in time.</summary>
    /// <param name="After">How long the harness waited.</param>
    public sealed record TimedOut(TimeSpan After) : SignerReply
    {
        /// <inheritdoc/>
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"did not answer within {After.TotalSeconds:0.###} s");
    }

    /// <summary>A reply that a node cannot use: too long, not protobuf, or the answer to another question.</summary>
    /// <param name="Reason">What is wrong with it.</param>
    public sealed record Malformed(string Reason) : SignerReply
    {
        /// <inheritdoc/>
        public override string ToString() => $"sent an unusable reply ({Reason})";
    }

    // A signer's text goes to an operator's terminal.
    private static string Printable(string text)
    {
        var cut = text.Length > MaxText ? text[..MaxText] + "…" : text;
        return string.Concat(cut.Select(c => char.IsControl(c) ? '?' : c));
    }
}
