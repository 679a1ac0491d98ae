using System.Diagnostics.CodeAnalysis;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Starts a session; outside of one.</summary>
public static class CreateSessionCommand
{
    /// <summary>The frame.</summary>
    /// <param name="keyId">The authentication key.</param>
    /// <param name="hostChallenge">8 random bytes.</param>
    public static byte[] Encode(ushort keyId, ReadOnlySpan<byte> hostChallenge)
    {
        var data = new byte[2 + SessionKeys.ChallengeSize];
        var writer = new ByteWriter(data);
        writer.UInt16(keyId);
        writer.Bytes(hostChallenge);
        return Frame.Encode(CommandCode.CreateSession, data);
    }
}

/// <summary>The device's half of a new session.</summary>
/// <param name="SessionId">0 to 15.</param>
/// <param name="CardChallenge">8 random bytes.</param>
/// <param name="CardCryptogram">8 bytes by which the device shows that it has the authentication key.</param>
public sealed record CreateSessionResponse(byte SessionId, ReadOnlyMemory<byte> CardChallenge, ReadOnlyMemory<byte> CardCryptogram)
    : IResponse<CreateSessionResponse>
{
    private const byte LastSessionId = 15;

    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out CreateSessionResponse? response)
    {
        var reader = new ByteReader(data);
        var parsed = new CreateSessionResponse(
            reader.Byte(), reader.Bytes(SessionKeys.ChallengeSize).ToArray(), reader.Bytes(SessionKeys.CryptogramSize).ToArray());
        response = reader.Complete && parsed.SessionId <= LastSessionId ? parsed : null;
        return response is not null;
    }
}
