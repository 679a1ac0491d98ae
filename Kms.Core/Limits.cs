namespace Kms.Core;

/// <summary>Every bound of the signing path, with its reason.</summary>
public static class Limits
{
    /// <summary>Most application data in one request, in bytes: the extensions of a vote (cometbft types/vote.go, MaxVoteExtensionSize), or raw bytes.</summary>
    public const int MaxPayloadBytes = 1024 * 1024;

    /// <summary>Largest privval request in bytes: the application data and the message around it, which has a few hundred.</summary>
    public const int MaxRequestBytes = MaxPayloadBytes + 4096;

    /// <summary>Largest reply in bytes: every CometBFT before 0.40 stops reading at 10 KiB (privval/signer_endpoint.go, maxRemoteSignerMsgSize).</summary>
    public const int MaxReplyBytes = 10 * 1024;

    /// <summary>Longest text in an error reply, so that a reply always fits.</summary>
    public const int MaxErrorChars = 1000;

    /// <summary>How long a signature may take before the node is told no. CometBFT gives up after 5 s.</summary>
    public static readonly TimeSpan SignDeadline = TimeSpan.FromSeconds(4);

    /// <summary>Silence after which a connection counts as dead. A node pings every 3.3 s.</summary>
    public static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(20);

    /// <summary>How long a connection waits at its start for the chain to read its state, before it dials without.</summary>
    public static readonly TimeSpan DialWithoutState = TimeSpan.FromSeconds(1);

    /// <summary>First pause before dialling again: a node exits when no signer answers within 3 s of its start.</summary>
    public static readonly TimeSpan MinRedial = TimeSpan.FromMilliseconds(200);

    /// <summary>Longest pause before dialling again.</summary>
    public static readonly TimeSpan MaxRedial = TimeSpan.FromSeconds(1);
}
