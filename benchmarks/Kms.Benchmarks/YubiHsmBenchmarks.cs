using Akka.Actor;
using BenchmarkDotNet.Attributes;
using Kms.Actors.Device;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing.YubiHsm;

namespace Kms.Benchmarks;

/// <summary>A signature by a simulated YubiHSM that takes no time of its own: what a real one takes comes on top. <see cref="SimulatorAlone"/> is what
/// the simulation costs and belongs to nobody.</summary>
[MemoryDiagnoser, MedianColumn]
public class YubiHsmBenchmarks
{
    private static readonly DeviceKeyId Key = new YubiHsmKey(1, KeyAlgorithm.Ed25519).Name;

    private readonly SignBytes _message = new(new byte[122]);
    private readonly Testing.YubiHsm.YubiHsmDevice _simulated = new();
    private readonly ActorSystem _system = ActorSystem.Create("benchmark");
    private YubiHsmConnector _connector = null!;
    private HostSession _host = null!;
    private DeviceSigner _inMemory = null!;
    private DeviceSigner _overHttp = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _host = HostSession.Open(_simulated);
        _host.PutKey(1, new byte[32]);
        _connector = YubiHsmConnector.Start(_simulated);
        _ = HttpTransport.TryCreate(_connector.Address.ToString(), TimeSpan.FromSeconds(1), out var http, out _);
        _overHttp = await SignerAsync(http!);
        _inMemory = await SignerAsync(new InMemory(_simulated));
    }

    [GlobalCleanup]
    public async Task CleanUpAsync()
    {
        await _system.Terminate();
        await _connector.DisposeAsync();
    }

    /// <summary>The other end alone, with its own end of the session.</summary>
    [Benchmark(Baseline = true)]
    public byte[] SimulatorAlone() => _host.Do(DeviceCode.SignEddsa, [0, 1, .. _message.Span]);

    /// <summary>From the question to the device's actor to its answer.</summary>
    [Benchmark]
    public ValueTask<SignOutcome> ThroughTheActor() => _inMemory.SignAsync(_message, CancellationToken.None);

    /// <summary>The same with HTTP over loopback in between.</summary>
    [Benchmark]
    public ValueTask<SignOutcome> ThroughTheActorAndHttp() => _overHttp.SignAsync(_message, CancellationToken.None);

    private async Task<DeviceSigner> SignerAsync(IYubiHsmTransport transport)
    {
        var device = new Hardware.YubiHsm.YubiHsmDevice("yubihsm", transport, Credentials.FromPassword(1, "password"u8), [new YubiHsmKey(1, KeyAlgorithm.Ed25519)]);
        var opening = await device.OpenAsync(CancellationToken.None);
        await using var session = opening.Session!;
        var options = new DeviceOptions(device, session.Keys, new DeviceLink());
        _system.ActorOf(Props.Create(() => new DeviceActor(options)));
        var signer = new DeviceSigner(options.Link, device.Name, Key, session.Keys[Key]);
        while ((await signer.SignAsync(_message, CancellationToken.None)).Error is not null) await Task.Delay(10);
        return signer;
    }

    private sealed class InMemory(Testing.YubiHsm.YubiHsmDevice device) : IYubiHsmTransport
    {
        public ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline) =>
            ValueTask.FromResult(TransportReply.Ok(device.Exchange(frame.ToArray())));

        public void Dispose() { }
    }
}
