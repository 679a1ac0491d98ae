using Kms.Actors.Chain;
using Kms.Actors.Validator;
using Kms.Core.Consensus;

namespace Kms.Actors.ActiveNode;

/// <summary>What the active node can be asked. The answers never leave the process.</summary>
public static class ActiveNodeMessages
{
    /// <summary>Finish what is in flight and stop.</summary>
    public sealed record Stop
    {
        /// <summary>The only one.</summary>
        public static readonly Stop Instance = new();
    }

    /// <summary>Stop and start some of the connections and chains; no other notices. Answered with a <see cref="Reconfigured"/> once all that is
    /// to go has stopped and all that is new was started. One at a time.</summary>
    /// <param name="RemoveValidators">Connections to end, each after its request in flight.</param>
    /// <param name="RemoveChains">Chains to stop, each after its last connection.</param>
    /// <param name="AddChains">Chains to start.</param>
    /// <param name="AddValidators">Connections to start, each when its node is no longer served by one that is to go.</param>
    public sealed record Reconfigure(
        IReadOnlyList<ValidatorOptions> RemoveValidators,
        IReadOnlyList<ChainId> RemoveChains,
        IReadOnlyList<ChainOptions> AddChains,
        IReadOnlyList<(ValidatorOptions Options, ValidatorDialer Dialer)> AddValidators);

    /// <summary>What came of <see cref="Reconfigure"/>.</summary>
    /// <param name="Error">Why it was not done, or not to its end; null on success.</param>
    public sealed record Reconfigured(string? Error);

    /// <summary>Hand a message of <see cref="ChainMessages"/> to a chain, which answers it; without such a chain the answer is
    /// <see cref="UnknownChain"/>.</summary>
    /// <param name="Chain">The chain.</param>
    /// <param name="Message">The message.</param>
    public sealed record AskChain(ChainId Chain, object Message);

    /// <summary>No such chain is running.</summary>
    /// <param name="Chain">What was asked for.</param>
    public sealed record UnknownChain(ChainId Chain);

    /// <summary>The chain was stopped, or is being started again, before the message's turn came: nothing was done, ask again.</summary>
    public sealed record NotNow
    {
        /// <summary>The only one.</summary>
        public static readonly NotNow Instance = new();
    }

    /// <summary>What is running? Answered with a <see cref="Running"/>.</summary>
    public sealed record GetRunning
    {
        /// <summary>The only one.</summary>
        public static readonly GetRunning Instance = new();
    }

    /// <summary>The chains and the connections that are running now.</summary>
    public sealed record Running(IReadOnlyList<ChainId> Chains, IReadOnlyList<ValidatorOptions> Validators);
}
