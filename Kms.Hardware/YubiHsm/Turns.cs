namespace Kms.Hardware.YubiHsm;

/// <summary>Lets users of one device take turns. Who signs goes first; among equals the first who came. What waits is bounded.</summary>
/// <param name="maxWaiting">How many of each kind may wait.</param>
internal sealed class Turns(int maxWaiting)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource<bool>> _signers = new();
    private readonly LinkedList<TaskCompletionSource<bool>> _guests = new();
    private bool _taken;

    /// <summary>Waits for the turn. Each one that was taken must be passed on.</summary>
    /// <param name="user">Who asks.</param>
    /// <param name="deadline">Cancelled when it is too late.</param>
    /// <returns>False when it was too late, or too many wait already.</returns>
    public async ValueTask<bool> TakeAsync(DeviceUser user, CancellationToken deadline)
    {
        if (deadline.IsCancellationRequested) return false;
        var queue = user == DeviceUser.Signer ? _signers : _guests;
        var turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_taken) return _taken = true;
            if (queue.Count >= maxWaiting) return false;
            queue.AddLast(turn);
        }

        await using (deadline.UnsafeRegister(_ => GiveUp(queue, turn), null)) return await turn.Task;
    }

    /// <summary>Ends the turn: the next one has it.</summary>
    public void Pass()
    {
        lock (_gate)
        {
            var queue = _signers.Count > 0 ? _signers : _guests;
            _taken = queue.First is not null;
            if (queue.First is not { } next) return;
            queue.RemoveFirst();
            next.Value.SetResult(true);
        }
    }

    private void GiveUp(LinkedList<TaskCompletionSource<bool>> queue, TaskCompletionSource<bool> turn)
    {
        lock (_gate)
            if (queue.Remove(turn)) turn.SetResult(false);
    }
}
