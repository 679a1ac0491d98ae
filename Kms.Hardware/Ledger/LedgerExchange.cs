using Kms.Core.Consensus;
using Kms.Hardware.Ledger.Commands;

namespace Kms.Hardware.Ledger;

/// <summary>Commands and their answers over a transport.</summary>
public static class LedgerExchange
{
    /// <summary>Sends a command and reads its answer.</summary>
    /// <param name="transport">The way to the device.</param>
    /// <param name="command">What is asked.</param>
    /// <param name="deadline">Cancelled when the answer is not wanted any more.</param>
    public static async ValueTask<LedgerResult<TResponse>> SendAsync<TResponse>(
        ILedgerTransport transport, ICommand<TResponse> command, CancellationToken deadline)
        where TResponse : class, IResponse<TResponse> =>
        Read<TResponse>(command.Name, await transport.ExchangeAsync(command.Apdu, deadline));

    /// <summary>Has a message signed; the answer may take as long as the device's user.</summary>
    /// <param name="transport">The way to the device.</param>
    /// <param name="message">The exact bytes.</param>
    /// <param name="deadline">Cancelled when the answer is not wanted any more.</param>
    public static async ValueTask<LedgerResult<SignResponse>> SignAsync(ILedgerTransport transport, SignBytes message, CancellationToken deadline)
    {
        var parts = new SignCommand(message).Parts();
        foreach (var part in parts.SkipLast(1))
        {
            var stored = Read<SignPartResponse>(SignCommand.Name, await transport.ExchangeAsync(part, deadline));
            if (stored.Failure is { } failure) return failure;
        }

        return Read<SignResponse>(SignCommand.Name, await transport.ExchangeAsync(parts[^1], deadline));
    }

    /// <summary>Reads an answer.</summary>
    /// <param name="name">What was asked.</param>
    /// <param name="reply">What the transport brought.</param>
    public static LedgerResult<TResponse> Read<TResponse>(string name, LedgerReply reply) where TResponse : class, IResponse<TResponse>
    {
        if (reply.Response is not { } answer) return new LedgerFailure(LedgerCause.Transport, reply.Error!);
        var data = answer.Data.Span;
        if (answer.Status != StatusWord.Ok) return new LedgerFailure(answer.Status.Cause(), $"{name}: {answer.Status.Sentence(data)}", answer.Status);
        return TResponse.TryParse(data, out var response)
            ? response
            : new LedgerFailure(LedgerCause.Broken, $"{name}: the app answered with {data.Length} bytes that are no such answer: it may be another app");
    }
}
