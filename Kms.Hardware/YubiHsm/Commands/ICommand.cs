using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>A command of a session: it builds its bytes.</summary>
/// <typeparam name="TResponse">What the device answers.</typeparam>
public interface ICommand<TResponse> where TResponse : class, IResponse<TResponse>
{
    /// <summary>The code.</summary>
    CommandCode Code { get; }

    /// <summary>Whether the command may be sent once more when it is not known if the device ran it: true for what reads and what signs, false
    /// for what creates, imports, deletes, changes or resets.</summary>
    /// <remarks>To sign twice is no double sign: the bytes are the same, and the watermark of what is in them was stored before the first time. An Ed25519
    /// signature comes out the same; ECDSA gives another one over the same digest, and only the second leaves the session.</remarks>
    bool MayRepeat { get; }

    /// <summary>Size of the data in bytes.</summary>
    int Size { get; }

    /// <summary>Writes the data.</summary>
    /// <param name="data"><see cref="Size"/> bytes; zeroed by the caller after use.</param>
    void Write(Span<byte> data);
}

/// <summary>What a device answers: it parses its bytes.</summary>
public interface IResponse<TSelf> where TSelf : class, IResponse<TSelf>
{
    /// <summary>Reads the data; false when they have another shape.</summary>
    /// <param name="data">The data of the inner frame, authentic but not trusted to be well-formed.</param>
    /// <param name="response">What they say.</param>
    static abstract bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out TSelf? response);
}
