namespace Kms.Hardware.Ledger;

/// <summary>What the ways to a Ledger have in common: one exchange at a time, and after a failure a new connection.</summary>
public abstract class LedgerTransport : ILedgerTransport
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile bool _isDisposed;

    /// <inheritdoc/>
    public async ValueTask<LedgerReply> ExchangeAsync(Apdu command, CancellationToken deadline)
    {
        try
        {
            await _turn.WaitAsync(deadline);
        }
        catch (OperationCanceledException)
        {
            return LedgerReply.Failed("the deadline passed while the device was asked something else");
        }

        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var reply = await OnceAsync(command, deadline);
            if (reply.Response is null) Close();
            return reply;
        }
        finally
        {
            if (_isDisposed) Close();
            _turn.Release();
        }
    }

    /// <summary>Closes the connection after the exchange that goes on, if any: cancel that first.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        GC.SuppressFinalize(this);
        if (!_turn.Wait(0)) return;
        Close();
        _turn.Release();
    }

    /// <summary>Connects where that is needed, and exchanges. After a failure the connection is closed.</summary>
    /// <param name="command">What is sent.</param>
    /// <param name="deadline">Cancelled when the answer is not wanted any more; an error value.</param>
    protected abstract ValueTask<LedgerReply> OnceAsync(Apdu command, CancellationToken deadline);

    /// <summary>Closes the connection, if there is one.</summary>
    protected abstract void Close();
}
