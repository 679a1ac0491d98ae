using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Tests.YubiHsm.Simulator;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>Sessions of the simulated device as it sees them: how many there are, whose they are, and that none is left.</summary>
public sealed class SimulatedSessionTests : IAsyncDisposable
{
    private static readonly CancellationToken NoDeadline = CancellationToken.None;

    private readonly YubiHsmDevice _device = new();
    private readonly Credentials _credentials = Credentials.FromPassword(1, "password"u8);
    private readonly SimulatedTransport _wire;
    private readonly YubiHsmSession _session;

    public SimulatedSessionTests()
    {
        _wire = new SimulatedTransport(_device);
        _session = new YubiHsmSession(_wire, _credentials);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _credentials.Dispose();
    }

    [Theory]
    [MemberData(nameof(BetweenFaults.All), MemberType = typeof(BetweenFaults))]
    public async Task A_session_that_ends_with_a_fault_is_closed(string fault)
    {
        await using (var session = new YubiHsmSession(_wire, _credentials))
        {
            await session.SendAsync(new EchoCommand(new byte[1]), NoDeadline);
            BetweenFaults.Inject(_device, fault);
            await session.SendAsync(new GenerateAsymmetricKeyCommand(SimulatedDeviceTests.SigningKey(1)), NoDeadline);
        }

        Assert.Equal(0, _device.Sessions);
    }

    [Fact]
    public async Task A_session_is_closed_when_it_is_not_known_whether_the_device_opened_it()
    {
        await using (var session = new YubiHsmSession(new WithoutAuthentication(_wire), _credentials))
            Assert.Equal(FailureCause.Transport, (await session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure!.Cause);
        Assert.Equal(0, _device.Sessions);
    }

    [Fact]
    public async Task A_session_that_was_idle_is_opened_anew_and_nobody_elses_is_used()
    {
        var clock = new ManualClock();
        var device = new YubiHsmDevice(new YubiHsmOptions { Time = clock });
        await using var session = new YubiHsmSession(new SimulatedTransport(device), _credentials) { Clock = clock };
        Assert.Null((await session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure);
        clock.Advance(YubiHsmSession.IdleLimit);
        var other = HostSession.Open(device);
        Assert.Equal(0, other.Id);
        Assert.Null((await session.SendAsync(new GenerateAsymmetricKeyCommand(SimulatedDeviceTests.SigningKey(1)), NoDeadline)).Failure);
        Assert.Equal([7], other.Do(DeviceCode.Echo, 7));

        // A moment before, the session goes on.
        clock.Advance(YubiHsmSession.IdleLimit - TimeSpan.FromSeconds(1.1));
        Assert.Null((await session.SendAsync(new GenerateAsymmetricKeyCommand(SimulatedDeviceTests.SigningKey(2)), NoDeadline)).Failure);
        Assert.Equal(2, device.Sessions);
    }

    [Fact]
    public async Task Sessions_are_closed_one_by_one()
    {
        for (var i = 0; i < 40; i++)
        {
            await using var session = new YubiHsmSession(_wire, _credentials);
            Assert.Null((await session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure);
            Assert.Equal(1, _device.Sessions);
        }

        Assert.Equal(0, _device.Sessions);
        _device.Faults.SessionsFull = true;
        var failure = (await _session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure!;
        Assert.Equal((FailureCause.SessionLost, DeviceError.SessionsFull), (failure.Cause, failure.Error));
    }

    [Fact]
    public async Task A_wrong_password_is_told_from_an_unknown_key()
    {
        using var wrong = Credentials.FromPassword(1, "Password"u8);
        using var unknown = Credentials.FromPassword(9, "password"u8);
        var one = (await new YubiHsmSession(_wire, wrong).SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure!;
        var other = (await new YubiHsmSession(_wire, unknown).SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure!;
        Assert.Equal("authentication failed: the password of authentication key 0x0001 is wrong", one.Reason);
        Assert.Equal("the device has no authentication key 0x0009: see auth.key", other.Reason);
        Assert.Equal(0, _device.Sessions);
    }

    [Fact]
    public async Task A_session_that_was_lost_long_ago_is_not_closed_under_the_number_of_another()
    {
        var clock = new ManualClock();
        var device = new YubiHsmDevice(new YubiHsmOptions { Time = clock });
        await using var session = new YubiHsmSession(new SimulatedTransport(device), _credentials) { Clock = clock };
        Assert.Null((await session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure);
        device.Faults.Spoil(ResponseFault.Lost);
        Assert.NotNull((await session.SendAsync(new GenerateAsymmetricKeyCommand(SimulatedDeviceTests.SigningKey(1)), NoDeadline)).Failure);
        clock.Advance(YubiHsmSession.IdleLimit);
        var other = HostSession.Open(device);
        Assert.Equal(0, other.Id);
        Assert.Null((await session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure);
        Assert.Equal([7], other.Do(DeviceCode.Echo, 7));
    }

    [Fact]
    public async Task A_session_that_was_lost_makes_room_for_the_next_when_the_device_has_no_other()
    {
        Assert.Null((await _session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure);
        var others = Enumerable.Range(1, 15).Select(_ => HostSession.Open(_device)).ToList();
        _device.Faults.Spoil(ResponseFault.Lost);
        Assert.Null((await _session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure);
        Assert.All(others, other => Assert.Equal([7], other.Do(DeviceCode.Echo, 7)));
        Assert.Equal(16, _device.Sessions);
    }

    [Fact]
    public async Task A_key_that_yubihsm_wrap_wrote_signs_the_empty_message_as_RFC_8032_has_it()
    {
        var vector = Vectors.Load("yubihsm/wrapped_objects").All("vectors")[0];
        var wrapKey = new NewObject(1, ObjectLabel.Empty, Domains.One, Capability.ImportWrapped, Algorithm.Aes256CcmWrap);
        Assert.Null((await _session.SendAsync(new PutWrapKeyCommand(wrapKey, Capability.All, vector.Hex("wrap_key")), NoDeadline)).Failure);
        var imported = (await _session.SendAsync(new ImportWrappedCommand(1, vector.Hex("wrapped")), NoDeadline)).Response!;
        Assert.Equal(ObjectType.AsymmetricKey, imported.Type);

        var opened = await YubiHsmSigner.OpenAsync(_session, imported.Id, KeyAlgorithm.Ed25519, NoDeadline);
        using var signer = opened.Response!;
        Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", Convert.ToHexStringLower(signer.PublicKey.Span));
        var outcome = await signer.SignAsync(new SignBytes([]), NoDeadline);
        Assert.Equal(
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            Convert.ToHexStringLower(outcome.Signature!.Span));
    }

    /// <summary>Loses each answer to AuthenticateSession.</summary>
    private sealed class WithoutAuthentication(IYubiHsmTransport inner) : IYubiHsmTransport
    {
        public async ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline)
        {
            var reply = await inner.ExchangeAsync(frame, deadline);
            return frame.Span[0] == (byte)CommandCode.AuthenticateSession ? TransportReply.Failed("lost") : reply;
        }

        public void Dispose() => inner.Dispose();
    }
}
