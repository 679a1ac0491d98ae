using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.Ledger.Commands;

/// <summary>A command that is one APDU.</summary>
/// <typeparam name="TResponse">What the app answers.</typeparam>
public interface ICommand<TResponse> where TResponse : class, IResponse<TResponse>
{
    /// <summary>What sentences call it.</summary>
    string Name { get; }

    /// <summary>Its bytes.</summary>
    Apdu Apdu { get; }
}

/// <summary>What an app answers: it parses its bytes.</summary>
public interface IResponse<TSelf> where TSelf : class, IResponse<TSelf>
{
    /// <summary>Reads the data of an answer with <see cref="StatusWord.Ok"/>; false when they have another shape.</summary>
    /// <param name="data">The data, not trusted to be well-formed.</param>
    /// <param name="response">What they say.</param>
    static abstract bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out TSelf? response);
}

/// <summary>The classes and instructions of the validator app, and of all apps.</summary>
internal static class App
{
    /// <summary>The class of the validator app.</summary>
    public const byte Class = 0x56;

    /// <summary>The class that every app answers, and the dashboard.</summary>
    public const byte CommonClass = 0xB0;

    public const byte GetAppName = 0x01;
    public const byte GetVersion = 0x00;
    public const byte GetPublicKey = 0x01;
    public const byte Sign = 0x02;
}
