using Kms.Core.Consensus;

namespace Kms.Core.Signing;

/// <summary>The name of a key in its device, as the operator writes it: "0x0001".</summary>
/// <param name="Text">The name; shown in sentences.</param>
public readonly record struct DeviceKeyId(string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>A device outside of this process that holds keys. It is opened again after every loss, one session at a time.</summary>
public interface ISigningDevice : IDisposable
{
    /// <summary>What logs call it, such as "yubihsm".</summary>
    string Name { get; }

    /// <summary>Whether its keys sign nothing but prevotes, precommits and proposals: no vote extensions, no raw bytes, and no test signature. False
    /// unless it says otherwise.</summary>
    bool SignsOnlyVotes => false;

    /// <summary>Opens a session and reads the public keys. Every failure is a value; nothing is thrown.</summary>
    /// <param name="deadline">Cancelled when the session is not wanted any more.</param>
    ValueTask<DeviceOpening> OpenAsync(CancellationToken deadline);
}

/// <summary>A session, or why there is none: exactly one of the two.</summary>
/// <param name="Session">The caller's to dispose of.</param>
/// <param name="Error">What is wrong and what to do: a sentence without secrets.</param>
/// <param name="NeedsOperator">Trying again soon does not help, and may do harm: a wrong password takes a session of the device each time.</param>
public readonly record struct DeviceOpening(IDeviceSession? Session, string? Error, bool NeedsOperator = false)
{
    /// <summary>Open.</summary>
    public static DeviceOpening Ok(IDeviceSession session) => new(session, null);

    /// <summary>Not open, perhaps soon.</summary>
    public static DeviceOpening Failed(string error) => new(null, error);

    /// <summary>Not open until somebody mends the device or the configuration.</summary>
    public static DeviceOpening Misconfigured(string error) => new(null, error, NeedsOperator: true);
}

/// <summary>An open device. Commands are given one at a time; disposing ends the session in order, after the command that goes on.</summary>
public interface IDeviceSession : IAsyncDisposable
{
    /// <summary>The public keys of all keys that the configuration names.</summary>
    IReadOnlyDictionary<DeviceKeyId, PublicKey> Keys { get; }

    /// <summary>After how much idle time <see cref="KeepAliveAsync"/> is due.</summary>
    TimeSpan KeepAlive { get; }

    /// <summary>Signs. Every failure is a value.</summary>
    /// <param name="key">One of <see cref="Keys"/>.</param>
    /// <param name="message">The exact bytes; the device does its algorithm's own hashing only.</param>
    /// <param name="deadline">Cancelled when the signature is not wanted any more.</param>
    ValueTask<DeviceOutcome> SignAsync(DeviceKeyId key, SignBytes message, CancellationToken deadline);

    /// <summary>Shows that the device is still there. Null, or why the session must be opened anew.</summary>
    /// <param name="deadline">Cancelled when the answer is not wanted any more.</param>
    ValueTask<string?> KeepAliveAsync(CancellationToken deadline);
}

/// <summary>What came of a command.</summary>
public abstract record DeviceOutcome
{
    private DeviceOutcome() { }

    /// <summary>Signed.</summary>
    public sealed record Signed(Signature Signature) : DeviceOutcome;

    /// <summary>The device said no; the session goes on.</summary>
    /// <param name="Reason">What is wrong and what to do.</param>
    /// <param name="IsTold">Whether the device's own log says so already.</param>
    public sealed record Refused(string Reason, bool IsTold = false) : DeviceOutcome;

    /// <summary>No answer, or none that can be trusted: the session must be opened anew.</summary>
    /// <param name="Reason">What is wrong and what to do.</param>
    public sealed record Lost(string Reason) : DeviceOutcome;
}
