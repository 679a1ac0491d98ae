namespace Kms.Harness;

/// <summary>A remote signer that can be started and killed: what the crash drill needs of it. It dials the drill's listener by itself.</summary>
public interface ISignerProcess
{
    /// <summary>Starts it; only ever called while it does not run.</summary>
    /// <param name="ct">Gives up.</param>
    Task StartAsync(CancellationToken ct);

    /// <summary>Kills it as a crash would (SIGKILL): nothing in it runs any more. Returns when it is dead.</summary>
    void Kill();
}
