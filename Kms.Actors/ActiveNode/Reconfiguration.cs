using Akka.Actor;
using Kms.Actors.Validator;
using Kms.Core.Consensus;

namespace Kms.Actors.ActiveNode;

/// <summary>What a reconfiguration still waits for.</summary>
/// <param name="Asker">Whom to tell when it is done.</param>
/// <param name="Leaving">The connections that are to end, with the node that each serves.</param>
/// <param name="LeavingChains">The chains that are to stop.</param>
/// <param name="Arriving">The connections that are not started yet.</param>
internal sealed record Reconfiguration(
    IActorRef Asker,
    Dictionary<IActorRef, ValidatorAddress> Leaving,
    HashSet<ChainId> LeavingChains,
    List<(ValidatorOptions Options, ValidatorDialer Dialer)> Arriving)
{
    /// <summary>Whether nothing is left to wait for.</summary>
    public bool IsDone => Leaving.Count == 0 && LeavingChains.Count == 0 && Arriving.Count == 0;

    /// <summary>Takes out what may be started now: a node serves one signer at a time, so its old connection must be gone.</summary>
    public IReadOnlyList<(ValidatorOptions Options, ValidatorDialer Dialer)> TakeReady()
    {
        var ready = Arriving.Where(a => !Leaving.Values.Any(address => IsOneNode(address, a.Options.Address))).ToList();
        Arriving.RemoveAll(ready.Contains);
        return ready;
    }

    // Whatever peer id is expected there, and over whichever transport.
    private static bool IsOneNode(ValidatorAddress a, ValidatorAddress b) => Place(a).Equals(Place(b));

    private static object Place(ValidatorAddress address) => address switch
    {
        ValidatorAddress.Tcp tcp => (tcp.Host, tcp.Port),
        ValidatorAddress.Noise noise => (noise.Host, noise.Port),
        _ => address,
    };
}
