using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Hardware.YubiHsm;

/// <summary>A device that answers commands, each on its own: a session, or what shares one.</summary>
public interface IYubiHsm
{
    /// <summary>Sends a command and waits for the response. Every failure is a value; nothing is thrown.</summary>
    /// <param name="command">The command.</param>
    /// <param name="deadline">Cancelled when the response is not wanted any more. A command that is still waiting then is not sent.</param>
    ValueTask<YubiHsmReply<TResponse>> SendAsync<TResponse>(ICommand<TResponse> command, CancellationToken deadline)
        where TResponse : class, IResponse<TResponse>;
}
