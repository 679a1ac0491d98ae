using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Hardware.YubiHsm;

/// <summary>What is said outside of a session, unencrypted and without a MAC: the start of a session, and what a device tells everybody.</summary>
public static class PlainExchange
{
    /// <summary>Asks for firmware and serial number without a session. The answer is not authentic: whoever is on the way can change it.</summary>
    /// <param name="transport">The way to the device.</param>
    /// <param name="deadline">Cancelled when the answer is not wanted any more.</param>
    public static ValueTask<YubiHsmReply<GetDeviceInfoResponse>> GetDeviceInfoAsync(IYubiHsmTransport transport, CancellationToken deadline) =>
        SendAsync<GetDeviceInfoResponse>(transport, CommandCode.GetDeviceInfo, Frame.Encode(CommandCode.GetDeviceInfo, []), deadline);

    internal static async ValueTask<YubiHsmReply<TResponse>> SendAsync<TResponse>(
        IYubiHsmTransport transport, CommandCode code, ReadOnlyMemory<byte> frame, CancellationToken deadline)
        where TResponse : class, IResponse<TResponse>
    {
        var reply = await transport.ExchangeAsync(frame, deadline);
        return reply.Frame is { } answer ? Read<TResponse>(code, answer.Span) : new YubiHsmFailure(FailureCause.Transport, reply.Error!);
    }

    /// <summary>Reads an answer, in a session its inner frame.</summary>
    internal static YubiHsmReply<TResponse> Read<TResponse>(CommandCode code, ReadOnlySpan<byte> frame) where TResponse : class, IResponse<TResponse>
    {
        var failure = Frame.ReadAnswer(frame, code, out var data);
        if (failure is not null) return failure;
        return TResponse.TryParse(data, out var response) ? response : YubiHsmFailure.Malformed(code, $"{data.Length} bytes that are no such response");
    }
}
