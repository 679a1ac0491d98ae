namespace Kms.Hardware.YubiHsm;

/// <summary>Who or what failed, and so what may help.</summary>
public enum FailureCause
{
    /// <summary>The device answered no; the session goes on. The same command would get the same answer.</summary>
    Refused,

    /// <summary>The session is gone, or its messages do not fit together any more: a new one is needed.</summary>
    SessionLost,

    /// <summary>The device does not have the authentication key, or its password is another one.</summary>
    Credentials,

    /// <summary>No answer came: no device, no connector, unplugged, or too late.</summary>
    Transport,

    /// <summary>The request cannot be sent: it does not fit into a frame.</summary>
    Request,
}

/// <summary>Why a command has no response.</summary>
/// <param name="Cause">What failed.</param>
/// <param name="Reason">What is wrong and what to do: a sentence for the operator, without secrets.</param>
/// <param name="Error">The device's own error, when it gave one.</param>
public sealed record YubiHsmFailure(FailureCause Cause, string Reason, DeviceError? Error = null)
{
    /// <summary>The device answered with an error.</summary>
    public static YubiHsmFailure Refused(CommandCode command, DeviceError error) =>
        new(FailureCause.Refused, $"{command}: {error.Sentence()}", error);

    /// <summary>A connector leads to whatever is plugged in there; null when it is the device that is meant.</summary>
    /// <param name="wanted">The serial number, ten digits; null for any device.</param>
    /// <param name="found">What the device says in a session.</param>
    public static YubiHsmFailure? OtherDevice(string? wanted, string found) => wanted is null || wanted == found
        ? null
        : new(FailureCause.Request, $"the device has the serial number {found}, not {wanted}: plug in the other one, or correct serial_number");

    /// <summary>The answer is none: nothing that comes after it in the session can be trusted.</summary>
    /// <param name="command">What was asked.</param>
    /// <param name="what">What came instead.</param>
    public static YubiHsmFailure Malformed(CommandCode command, string what) =>
        new(FailureCause.SessionLost, $"{command}: the device answered with {what}");
}

/// <summary>A response, or the reason why there is none: exactly one of the two.</summary>
/// <param name="Response">What the device answered.</param>
/// <param name="Failure">Why it did not.</param>
public readonly record struct YubiHsmReply<T>(T? Response, YubiHsmFailure? Failure) where T : class
{
    /// <summary>Answered.</summary>
    public static implicit operator YubiHsmReply<T>(T response) => new(response, null);

    /// <summary>Not answered.</summary>
    public static implicit operator YubiHsmReply<T>(YubiHsmFailure failure) => new(null, failure);
}
