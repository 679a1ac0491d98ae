namespace Kms.Harness;

/// <summary>How a node asks for a signature over bytes that are no consensus message; both forms share the tags 9 and 10.</summary>
public enum RawBytesKind
{
    /// <summary><c>SignBytes{value}</c>: the value is signed as it is.</summary>
    CometBft,

    /// <summary><c>SignRawBytes{chain_id, raw_bytes, unique_id}</c>: signed with a prefix that no consensus message has.</summary>
    Celestia,
}

/// <summary>What a node of one line of versions sends and reads: no more and no less, whatever else a signer puts into its replies.</summary>
public sealed record Dialect
{
    // cometbft main, privval/signer_endpoint.go: an extension of 1 MiB, two signatures of at most 64 bytes, and some more.
    private const int LargeReply = 1024 * 1024 + 2 * 64 + 1024;

    private Dialect(string name) => Name = name;

    /// <summary>Every dialect, oldest first.</summary>
    public static IReadOnlyList<Dialect> All { get; } =
    [
        new("v0.34"),
        new("v0.37"),
        new("v0.38") { ExtensionSignatures = 1 },
        new("v0.40") { ExtensionSignatures = 1, MaxReply = LargeReply },
        new("v1.0") { ExtensionSignatures = 1, IsV1 = true, RawBytes = RawBytesKind.CometBft },
        new("v2.0") { ExtensionSignatures = 2, IsV1 = true, RawBytes = RawBytesKind.CometBft },
        new("celestia") { ExtensionSignatures = 1, RawBytes = RawBytesKind.Celestia },
    ];

    /// <summary>What most chains run: v0.38.</summary>
    public static Dialect Default { get; } = Find("v0.38")!;

    /// <summary>"v0.34" to "v2.0", or "celestia".</summary>
    public string Name { get; }

    /// <summary>Signatures over extensions that a precommit for a block carries on a chain with vote extensions: none before 0.38, two in 2.0,
    /// the second one over the extension that is not protected against replay.</summary>
    public int ExtensionSignatures { get; private init; }

    /// <summary>Whether the node reads the public key as type and bytes (fields 3 and 4 of the reply instead of 1), and says with every vote
    /// whether an extension is to be signed.</summary>
    public bool IsV1 { get; private init; }

    /// <summary>How the node asks for raw bytes; null when it never does.</summary>
    public RawBytesKind? RawBytes { get; private init; }

    /// <summary>Longest reply body in bytes that the node reads (privval/signer_endpoint.go, maxRemoteSignerMsgSize).</summary>
    public int MaxReply { get; private init; } = PrivvalFrames.SmallReply;

    /// <summary>Where the node looks for the public key in a reply, in words.</summary>
    internal string KeyFields => IsV1 ? "pub_key_bytes and pub_key_type (fields 3 and 4)" : "pub_key (field 1)";

    /// <summary>The dialect of a name; null when there is none.</summary>
    /// <param name="name">As in <see cref="Name"/>.</param>
    public static Dialect? Find(string name) => All.FirstOrDefault(dialect => dialect.Name == name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
