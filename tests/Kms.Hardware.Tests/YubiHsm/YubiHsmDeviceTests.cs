using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>A YubiHSM as a signing device, against the simulated one and its faults.</summary>
public sealed class YubiHsmDeviceTests : IDisposable
{
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly SoftSigner Expected = SoftSigner.FromSeed(Seed);
    private static readonly YubiHsmKey Key = new(1, KeyAlgorithm.Ed25519);
    private static readonly SignBytes Message = new([1, 2, 3]);

    private readonly YubiHsmDevice _simulated = new();
    private readonly Kms.Hardware.YubiHsm.YubiHsmDevice _device;

    public YubiHsmDeviceTests()
    {
        HostSession.Open(_simulated).PutKey(1, Seed);
        _simulated.Faults.CloseSessions();
        _device = Device("password", Key);
    }

    public void Dispose() => _device.Dispose();

    [Fact]
    public async Task It_signs_keeps_its_session_and_gives_it_back()
    {
        await using (var session = await OpenAsync())
        {
            Assert.Equal([(new DeviceKeyId("0x0001"), Expected.PublicKey)], session.Keys.Select(k => (k.Key, k.Value)));
            await SignsAsync(session);
            Assert.Null(await session.KeepAliveAsync(CancellationToken.None));
            Assert.True(session.KeepAlive < YubiHsmSession.IdleLimit / 1.5);
            Assert.IsType<DeviceOutcome.Refused>(await session.SignAsync(new DeviceKeyId("0x0002"), Message, CancellationToken.None));
            Assert.Equal(1, _simulated.Sessions);
        }

        Assert.Equal(0, _simulated.Sessions);
    }

    [Theory]
    [InlineData(ResponseFault.WrongMac)]
    [InlineData(ResponseFault.Truncated)]
    [InlineData(ResponseFault.Lost)]
    public async Task One_fault_is_not_seen_and_several_lose_the_session(ResponseFault fault)
    {
        await using (var session = await OpenAsync())
        {
            _simulated.Faults.Spoil(fault);
            await SignsAsync(session);
            // The session with the wrong MAC is closed before the next is opened, which takes one answer more.
            for (var i = 0; i < (fault == ResponseFault.WrongMac ? 3 : 2); i++) _simulated.Faults.Spoil(fault);
            Assert.IsType<DeviceOutcome.Lost>(await session.SignAsync(Key.Name, Message, CancellationToken.None));
        }

        await using var next = await OpenAsync();
        await SignsAsync(next);
    }

    [Fact]
    public async Task Without_the_device_everything_says_so()
    {
        await using var session = await OpenAsync();
        _simulated.Faults.Unplug();
        Assert.IsType<DeviceOutcome.Lost>(await session.SignAsync(Key.Name, Message, CancellationToken.None));
        Assert.NotNull(await session.KeepAliveAsync(CancellationToken.None));
        var opening = await _device.OpenAsync(CancellationToken.None);
        Assert.Equal((null, false), (opening.Session, opening.NeedsOperator));
        Assert.NotNull(opening.Error);
    }

    [Fact]
    public async Task A_key_that_is_deleted_is_a_refusal_and_the_session_stays()
    {
        await using var session = await OpenAsync();
        HostSession.Open(_simulated).Do(DeviceCode.DeleteObject, 0, 1, 3);
        var refused = Assert.IsType<DeviceOutcome.Refused>(await session.SignAsync(Key.Name, Message, CancellationToken.None));
        Assert.Contains("key 0x0001 is not in the device", refused.Reason, StringComparison.Ordinal);
        HostSession.Open(_simulated).PutKey(1, Seed);
        await SignsAsync(session);
    }

    [Fact]
    public async Task What_only_an_operator_can_mend_is_told_from_what_passes()
    {
        using var wrong = Device("Password", Key);
        using var absent = Device("password", new YubiHsmKey(9, KeyAlgorithm.Ed25519));
        using var other = Device("password", new YubiHsmKey(1, KeyAlgorithm.Secp256k1));
        foreach (var device in new[] { wrong, absent, other })
        {
            var opening = await device.OpenAsync(CancellationToken.None);
            Assert.Equal((null, true), (opening.Session, opening.NeedsOperator));
        }

        _simulated.Faults.CloseSessions();
        _simulated.Faults.SessionsFull = true;
        Assert.False((await _device.OpenAsync(CancellationToken.None)).NeedsOperator);
        _simulated.Faults.SessionsFull = false;
        Assert.Equal(0, _simulated.Sessions);
    }

    private static async Task SignsAsync(IDeviceSession session)
    {
        var signed = Assert.IsType<DeviceOutcome.Signed>(await session.SignAsync(Key.Name, Message, CancellationToken.None));
        Assert.Equal((await Expected.SignAsync(Message, CancellationToken.None)).Signature, signed.Signature);
    }

    private Kms.Hardware.YubiHsm.YubiHsmDevice Device(string password, YubiHsmKey key) =>
        new("yubihsm", new SimulatedTransport(_simulated), Credentials.FromPassword(1, System.Text.Encoding.ASCII.GetBytes(password)), [key]);

    private async Task<IDeviceSession> OpenAsync()
    {
        var opening = await _device.OpenAsync(CancellationToken.None);
        Assert.Null(opening.Error);
        return opening.Session!;
    }
}
