using System.Collections.Concurrent;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Testing;

namespace Kms.Actors.Tests.Device;

/// <summary>A device with one key that does what scripts say and remembers what it was asked. It fails the test that uses a session twice at a time.</summary>
public sealed class ScriptedDevice : ISigningDevice
{
    public static readonly DeviceKeyId KeyId = new("0x0001");

    private readonly ConcurrentQueue<Func<ValueTask<DeviceOpening>>> _openings = new();
    private readonly ConcurrentQueue<Func<SignBytes, ValueTask<DeviceOutcome>>> _signings = new();
    private readonly ConcurrentQueue<SignBytes> _given = new();
    private int _opened;
    private int _closed;
    private int _answered;
    private int _keptAlive;

    public string Name => "scripted";

    public ScriptedKey Key { get; } = new();

    /// <summary>What its sessions say their key is.</summary>
    public PublicKey? ShownKey { get; set; }

    /// <summary>What keep-alives say.</summary>
    public string? Silent { get; set; }

    /// <summary>When a session that is closed has been.</summary>
    public Task Closing { get; set; } = Task.CompletedTask;

    public int Opened => Volatile.Read(ref _opened);

    public int Closed => Volatile.Read(ref _closed);

    public int Answered => Volatile.Read(ref _answered);

    public int KeptAlive => Volatile.Read(ref _keptAlive);

    /// <summary>Whether two commands of one session ever ran at once.</summary>
    public bool Overlapped { get; private set; }

    /// <summary>What it was given to sign, in order.</summary>
    public IReadOnlyList<SignBytes> Given => [.. _given];

    public void NextOpening(Func<ValueTask<DeviceOpening>> script) => _openings.Enqueue(script);

    public void NextOpening(string error) => NextOpening(() => ValueTask.FromResult(DeviceOpening.Failed(error)));

    public void NextSigning(Func<SignBytes, ValueTask<DeviceOutcome>> script) => _signings.Enqueue(script);

    public void NextSigning(DeviceOutcome outcome) => NextSigning(_ => ValueTask.FromResult(outcome));

    public DeviceOutcome Right(SignBytes message) => new DeviceOutcome.Signed(Key.Sign(message));

    public ValueTask<DeviceOpening> OpenAsync(CancellationToken deadline)
    {
        Interlocked.Increment(ref _opened);
        return _openings.TryDequeue(out var script) ? script() : ValueTask.FromResult(DeviceOpening.Ok(NewSession()));
    }

    public IDeviceSession NewSession() => new Session(this);

    public void Dispose() { }

    private sealed class Session(ScriptedDevice device) : IDeviceSession
    {
        private int _busy;

        public IReadOnlyDictionary<DeviceKeyId, PublicKey> Keys { get; } =
            new Dictionary<DeviceKeyId, PublicKey> { [KeyId] = device.ShownKey ?? device.Key.PublicKey };

        public TimeSpan KeepAlive => TimeSpan.FromSeconds(15);

        public async ValueTask<DeviceOutcome> SignAsync(DeviceKeyId key, SignBytes message, CancellationToken deadline)
        {
            if (Interlocked.Increment(ref _busy) > 1) device.Overlapped = true;
            device._given.Enqueue(message);
            var outcome = device._signings.TryDequeue(out var script) ? await script(message) : device.Right(message);
            Interlocked.Decrement(ref _busy);
            Interlocked.Increment(ref device._answered);
            return outcome;
        }

        public ValueTask<string?> KeepAliveAsync(CancellationToken deadline)
        {
            if (Volatile.Read(ref _busy) > 0) device.Overlapped = true;
            Interlocked.Increment(ref device._keptAlive);
            return ValueTask.FromResult(device.Silent);
        }

        public async ValueTask DisposeAsync()
        {
            Interlocked.Increment(ref device._closed);
            await device.Closing;
        }
    }
}
