using Kms.Actors.Chain;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;

namespace Kms.Host.Composition;

/// <summary>The recorded state of one chain, for commands: read and changed through whoever holds the journal's lock.</summary>
public interface IChainAccess : IAsyncDisposable
{
    /// <summary>The chain.</summary>
    ChainId Chain { get; }

    /// <summary>The state; null when it cannot be read.</summary>
    Task<ChainMessages.State?> StateAsync();

    /// <summary>Begins the chain's journal; null when it cannot be read.</summary>
    /// <param name="floor">Everything at or below it will be refused.</param>
    /// <param name="note">Who asked, for the record.</param>
    Task<ChainMessages.FloorResult?> InitialiseAsync(Hrs floor, string note);

    /// <summary>Raises the floor, or begins the chain's journal; null when it cannot be read.</summary>
    /// <param name="claim">What is known; its sign bytes alone say which message stands at the floor.</param>
    Task<ChainMessages.FloorResult?> RaiseAsync(FloorClaim claim);
}
