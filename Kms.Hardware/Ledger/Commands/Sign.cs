using System.Diagnostics.CodeAnalysis;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Hardware.Ledger.Commands;

/// <summary>Signs a message (RFC 8032, not prehashed). The first one after the app was opened is answered when a button was pressed.</summary>
/// <param name="Message">The whole message, with its length in front.</param>
public sealed record SignCommand(SignBytes Message)
{
    /// <summary>Most bytes of a message in one APDU.</summary>
    public const int ChunkSize = 250;

    /// <summary>What sentences call it.</summary>
    public const string Name = "sign";

    /// <summary>The parts in order, each to be sent after the answer to the one before; only the answer to the last one has data.</summary>
    /// <exception cref="InvalidOperationException">Nothing to sign, or more parts than the app can count.</exception>
    public IReadOnlyList<Apdu> Parts()
    {
        var count = (Message.Length + ChunkSize - 1) / ChunkSize;
        if (count is 0 or > byte.MaxValue) throw new InvalidOperationException($"a message of {Message.Length} bytes cannot be sent");
        return [.. Enumerable.Range(0, count).Select(i => new Apdu(App.Class, App.Sign, (byte)(i + 1), (byte)count, Part(i)))];
    }

    private ReadOnlyMemory<byte> Part(int index)
    {
        var rest = Message.Memory[(index * ChunkSize)..];
        return rest[..Math.Min(ChunkSize, rest.Length)];
    }
}

/// <summary>The answer to a part that is not the last: no data.</summary>
public sealed record SignPartResponse : IResponse<SignPartResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out SignPartResponse? response)
    {
        response = data.IsEmpty ? new SignPartResponse() : null;
        return response is not null;
    }
}

/// <summary>R‖S.</summary>
/// <param name="Signature">64 bytes.</param>
public sealed record SignResponse(Signature Signature) : IResponse<SignResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out SignResponse? response)
    {
        response = data.Length == Signature.Size ? new SignResponse(new Signature(data)) : null;
        return response is not null;
    }
}
