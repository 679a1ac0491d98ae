using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Connector;

/// <summary>One device, the signer and guests.</summary>
public sealed class SharedTransportTests
{
    private static readonly byte[] CreateSession = [3, 0, 10, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8];

    [Fact]
    public async Task The_signer_waits_for_one_foreign_frame_and_no_more()
    {
        var (way, shared) = Share();
        way.Hold();
        var all = new List<Task<TransportReply>> { Send(shared.Guest, 1) };
        await way.ArrivedAsync();
        all.AddRange([Send(shared.Guest, 2), Send(shared.Guest, 3), Send(shared, 4), Send(shared, 5)]);
        way.LetThrough(5);
        Assert.All(await Task.WhenAll(all), reply => Assert.Null(reply.Error));
        Assert.Equal([1, 4, 5, 2, 3], way.Frames.Select(frame => frame[^1]));
        Assert.False(way.WasShared);
    }

    [Fact]
    public async Task More_guests_than_may_wait_are_told_at_once_and_take_no_place_from_the_signer()
    {
        var (way, shared) = Share(new GuestLimits { MaxWaiting = 1, MaxWait = TimeSpan.FromHours(1) });
        way.Hold();
        var first = Send(shared.Guest, 1);
        await way.ArrivedAsync();
        var second = Send(shared.Guest, 2);
        var third = await Send(shared.Guest, 3);
        Assert.True(third.IsBusy);
        Assert.Equal("the YubiHSM is busy with signing and with other requests: try again", third.Error);
        var signer = Send(shared, 4);
        way.LetThrough(3);
        Assert.All(await Task.WhenAll(first, second, signer), reply => Assert.Null(reply.Error));
        Assert.Equal([1, 4, 2], way.Frames.Select(frame => frame[^1]));
    }

    [Fact]
    public async Task Who_gives_up_waiting_is_not_sent_and_leaves_the_turn_to_the_next()
    {
        var (way, shared) = Share(new GuestLimits { MaxWait = TimeSpan.FromMilliseconds(1) });
        way.Hold();
        var first = Send(shared.Guest, 1);
        await way.ArrivedAsync();
        Assert.True((await Send(shared.Guest, 2)).IsBusy);
        using var deadline = new CancellationTokenSource();
        var late = shared.ExchangeAsync(Echo(3), deadline.Token).AsTask();
        await deadline.CancelAsync();
        Assert.Equal("the YubiHSM was busy with another request until the deadline", (await late).Error);
        var next = Send(shared, 4);
        way.LetThrough(2);
        Assert.Null((await first).Error);
        Assert.Null((await next).Error);
        Assert.Equal([1, 4], way.Frames.Select(frame => frame[^1]));
        Assert.True((await shared.ExchangeAsync(Echo(5), deadline.Token)).IsBusy);
    }

    [Fact]
    public async Task A_guest_that_leaves_does_not_break_off_its_frame()
    {
        var (way, shared) = Share();
        way.Hold();
        using var leaves = new CancellationTokenSource();
        var guest = shared.Guest.ExchangeAsync(Echo(1), leaves.Token).AsTask();
        await way.ArrivedAsync();
        await leaves.CancelAsync();
        way.LetThrough();
        Assert.Null((await guest).Error);
        Assert.False(way.WasCancelled);
    }

    [Fact]
    public async Task Nobody_reaches_the_session_of_the_other()
    {
        var (way, shared) = Share();
        Assert.Equal(0x83, (await Exchange(shared, CreateSession))[0]);
        byte[] error = [0x7f, 0, 1, 3];
        byte[] message = [5, 0, 25, 0, .. new byte[24]];
        byte[] authenticate = [4, 0, 17, 0, .. new byte[16]];
        Assert.Equal(error, await Exchange(shared.Guest, message));
        Assert.Equal(error, await Exchange(shared.Guest, authenticate));
        Assert.Single(way.Frames);

        Assert.Equal(1, (await Exchange(shared.Guest, CreateSession))[3]);
        message[3] = 1;
        Assert.Equal(error, await Exchange(shared, message));
        Assert.Equal(2, way.Frames.Count);
        // Its own one reaches the device, which ends it for the wrong MAC.
        await Exchange(shared.Guest, message);
        Assert.Equal(3, way.Frames.Count);
    }

    [Fact]
    public async Task After_a_power_cut_the_numbers_of_sessions_belong_to_who_gets_them()
    {
        var device = new YubiHsmDevice();
        using var way = new SimulatedWay(device);
        using var shared = new SharedTransport(way);
        using var credentials = Credentials.FromPassword(1, "password"u8);
        await using var signer = new YubiHsmSession(shared, credentials);
        await using var guest = new YubiHsmSession(shared.Guest, credentials);
        await EchoAsync(signer, 1);
        device.Faults.PowerCycle();
        await EchoAsync(guest, 2); // Has the number that the signer's session had.
        await EchoAsync(signer, 3);
        await EchoAsync(guest, 4);
        Assert.Equal(2, device.Sessions);
    }

    [Fact]
    public async Task Guests_leave_sessions_for_the_signer()
    {
        var clock = new HandClock();
        var device = new YubiHsmDevice(new YubiHsmOptions { Time = clock });
        using var shared = new SharedTransport(new SimulatedWay(device), null, clock);
        var most = new GuestLimits().MaxSessions;
        for (var i = 0; i < most; i++) Assert.Equal(0x83, (await Exchange(shared.Guest, CreateSession))[0]);
        Assert.Equal([0x7f, 0, 1, 5], await Exchange(shared.Guest, CreateSession));
        for (var i = most; i < 16; i++) Assert.Equal(0x83, (await Exchange(shared, CreateSession))[0]);
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(0x83, (await Exchange(shared.Guest, CreateSession))[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sessions_of_all_go_on_whatever_the_order_of_their_frames(int seed)
    {
        var (way, shared) = Share();
        using var credentials = Credentials.FromPassword(1, "password"u8);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(user => Task.Run(async () =>
        {
            var random = new Random((seed * 100) + user);
            await using var session = new YubiHsmSession(user == 0 ? shared : shared.Guest, credentials);
            for (var i = 0; i < 50; i++)
            {
                var data = new byte[random.Next(1, 200)];
                random.NextBytes(data);
                var reply = await session.SendAsync(new EchoCommand(data), CancellationToken.None);
                Assert.True(reply.Failure is null, $"seed {seed}, user {user}, echo {i}: {reply.Failure?.Reason}");
                Assert.Equal(data, reply.Response!.Data.ToArray());
            }
        })));
        Assert.False(way.WasShared);
        // Opening one takes two frames, and nothing was ever opened again.
        Assert.Equal(4, way.Frames.Count(frame => frame[0] == 3));
    }

    private static (SimulatedWay Way, SharedTransport Shared) Share(GuestLimits? limits = null)
    {
        var way = new SimulatedWay(new YubiHsmDevice());
        return (way, new SharedTransport(way, limits ?? new GuestLimits { MaxWait = TimeSpan.FromHours(1) }));
    }

    private static byte[] Echo(byte number) => [1, 0, 1, number];

    private static Task<TransportReply> Send(IYubiHsmTransport transport, byte number) => transport.ExchangeAsync(Echo(number), CancellationToken.None).AsTask();

    private static async Task<byte[]> Exchange(IYubiHsmTransport transport, byte[] frame) =>
        (await transport.ExchangeAsync(frame, CancellationToken.None)).Frame!.Value.ToArray();

    private static async Task EchoAsync(YubiHsmSession session, byte data) =>
        Assert.Equal([data], (await session.SendAsync(new EchoCommand(new byte[] { data }), CancellationToken.None)).Response!.Data.ToArray());
}
