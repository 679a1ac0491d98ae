using System.Diagnostics.CodeAnalysis;
using Akka.Actor;

namespace Kms.Actors.Device;

/// <summary>Requests that wait for their turn, first come, first served.</summary>
/// <param name="most">Most of them.</param>
internal sealed class WaitingRequests(int most)
{
    private readonly Queue<(IActorRef Asker, DeviceMessages.Sign Request)> _queue = new();

    /// <summary>Adds one, unless it is one too many.</summary>
    public bool TryAdd(IActorRef asker, DeviceMessages.Sign request)
    {
        if (_queue.Count >= most) return false;
        _queue.Enqueue((asker, request));
        return true;
    }

    /// <summary>Takes the next one. What waited past its deadline is dropped without a word, for nobody waits for it any more.</summary>
    public bool TryTake([NotNullWhen(true)] out IActorRef? asker, [NotNullWhen(true)] out DeviceMessages.Sign? request)
    {
        while (_queue.TryDequeue(out var next))
        {
            (asker, request) = next;
            if (!request.Deadline.IsCancellationRequested) return true;
        }

        (asker, request) = (null, null);
        return false;
    }

    /// <summary>Takes all of them.</summary>
    public IReadOnlyList<IActorRef> TakeAll()
    {
        var askers = _queue.Select(waiting => waiting.Asker).ToList();
        _queue.Clear();
        return askers;
    }
}
