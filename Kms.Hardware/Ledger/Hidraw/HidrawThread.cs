namespace Kms.Hardware.Ledger.Hidraw;

/// <summary>Calls that wait for a device, off the pool: a button is waited for as long as its owner takes.</summary>
internal static class HidrawThread
{
    public static Task<T> RunAsync<T>(Func<T> call) =>
        Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
