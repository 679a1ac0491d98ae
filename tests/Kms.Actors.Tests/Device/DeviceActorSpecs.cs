using Akka.Actor;
using Akka.TestKit;
using Kms.Actors.ActiveNode;
using Kms.Actors.Device;
using Kms.Actors.Tests.Chain;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Testing;

namespace Kms.Actors.Tests.Device;

/// <summary>The life of a device's session, on a scripted device. Time passes when a test says so.</summary>
public sealed class DeviceActorSpecs() : Akka.TestKit.Xunit2.TestKit("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
{
    private readonly ScriptedDevice _device = new();
    private readonly DeviceLink _link = new();

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    private DeviceOptions Options => new(_device, new Dictionary<DeviceKeyId, PublicKey> { [ScriptedDevice.KeyId] = _device.Key.PublicKey }, _link);

    [Fact]
    public async Task Commands_are_given_one_at_a_time_in_order()
    {
        using var signer = await StartAsync();
        var gate = Hold();
        var requests = Enumerable.Range(0, 20).Select(i => Sign(signer, (byte)i)).ToList();
        gate.SetResult();
        var signatures = await Task.WhenAll(requests);
        for (var i = 0; i < requests.Count; i++) Assert.Equal(_device.Key.Sign(Message((byte)i)), signatures[i].Signature);
        Assert.Equal([Message(255), .. Enumerable.Range(0, 20).Select(i => Message((byte)i))], _device.Given);
        Assert.False(_device.Overlapped);
        Assert.Equal((1, 0), (_device.Opened, _device.Closed));
    }

    [Fact]
    public async Task What_waited_past_its_deadline_is_dropped_and_not_signed_late()
    {
        using var signer = await StartAsync();
        var gate = Hold();
        var before = Sign(signer, 1);
        using var deadline = new CancellationTokenSource();
        var late = signer.SignAsync(Message(2), deadline.Token).AsTask();
        var after = Sign(signer, 3);
        await deadline.CancelAsync();
        Assert.Equal("scripted: the deadline passed before the device had signed", (await late).Error);
        gate.SetResult();
        Assert.NotNull((await before).Signature);
        Assert.NotNull((await after).Signature);
        Assert.DoesNotContain(Message(2), _device.Given);
        Assert.Equal("scripted: the deadline passed before the device had signed", (await signer.SignAsync(Message(4), deadline.Token)).Error);
        Assert.DoesNotContain(Message(4), _device.Given);
    }

    [Fact]
    public async Task A_command_whose_asker_has_gone_is_finished_and_the_session_stays()
    {
        using var signer = await StartAsync();
        var gate = Hold();
        using var deadline = new CancellationTokenSource();
        var late = signer.SignAsync(Message(1), deadline.Token).AsTask();
        await Until(() => _device.Given.Contains(Message(1)));
        await deadline.CancelAsync();
        Assert.NotNull((await late).Error);
        gate.SetResult();
        Assert.Equal(_device.Key.Sign(Message(2)), (await Sign(signer, 2)).Signature);
        Assert.Equal((1, 0), (_device.Opened, _device.Closed));
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_the_session_stays()
    {
        using var signer = await StartAsync();
        _device.NextSigning(new DeviceOutcome.Refused("it may not sign"));
        Assert.Equal("scripted: it may not sign", (await Sign(signer, 1)).Error);
        Assert.NotNull((await Sign(signer, 2)).Signature);
        Assert.Equal(1, _device.Opened);
    }

    public static TheoryData<string> Losses => ["lost", "thrown", "another key's signature"];

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task A_lost_session_is_opened_again_and_meanwhile_every_request_is_answered_at_once(string how)
    {
        using var signer = await StartAsync();
        var gate = new TaskCompletionSource();
        _device.NextSigning(async message =>
        {
            await gate.Task;
            return how switch
            {
                "lost" => new DeviceOutcome.Lost("unplugged"),
                "thrown" => throw new InvalidOperationException("unplugged"),
                _ => new DeviceOutcome.Signed(new Signature(new byte[64])),
            };
        });
        _device.NextOpening("no device is attached");
        var first = Sign(signer, 1);
        await Until(() => _device.Given.Contains(Message(1)));
        var waiting = Sign(signer, 2);
        gate.SetResult();
        var reason = how == "another key's signature" ? "does not verify" : "unplugged";
        foreach (var answer in new[] { await first, await waiting, await Sign(signer, 3) })
        {
            Assert.StartsWith("scripted: device unavailable: ", answer.Error, StringComparison.Ordinal);
            Assert.Contains(reason, answer.Error, StringComparison.Ordinal);
        }

        Assert.Equal(1, _device.Closed);
        await PassUntil(() => _device.Opened == 2);
        Assert.Contains("device unavailable: ", (await Sign(signer, 4)).Error, StringComparison.Ordinal);
        await PassUntil(() => _device.Opened == 3);
        await SignsAsync(signer, 5);
        Assert.DoesNotContain(Message(2), _device.Given);
        Assert.DoesNotContain(Message(4), _device.Given);
    }

    [Fact]
    public async Task A_command_without_an_answer_is_given_up_and_its_late_answer_belongs_to_nobody()
    {
        using var signer = await StartAsync();
        var gate = Hold();
        var hanging = Sign(signer, 1);
        await Until(() => _device.Given.Contains(Message(1)));
        await PassUntil(() => hanging.IsCompleted);
        Assert.Contains("device unavailable: no answer within 2 s", (await hanging).Error, StringComparison.Ordinal);
        await PassUntil(() => _device.Opened == 2);

        // The late answer comes while another command is under way.
        var second = Hold();
        var next = Sign(signer, 2);
        await Until(() => next.IsCompleted || _device.Given.Contains(Message(2)));
        gate.SetResult();
        second.SetResult();
        Assert.Equal(_device.Key.Sign(Message(2)), (await next).Signature);
    }

    [Fact]
    public async Task An_opening_without_an_end_is_given_up_and_its_late_session_is_closed()
    {
        var opening = new TaskCompletionSource<DeviceOpening>();
        _device.NextOpening(() => new ValueTask<DeviceOpening>(opening.Task));
        Start();
        using var signer = Signer();
        await Until(() => _device.Opened == 1);
        var waiting = Sign(signer, 1);
        await PassUntil(() => _device.Opened == 2);
        Assert.Contains("device unavailable: no answer within 10 s", (await waiting).Error, StringComparison.Ordinal);
        await SignsAsync(signer, 2);
        opening.SetResult(DeviceOpening.Ok(_device.NewSession()));
        await Until(() => _device.Closed == 1);
        await SignsAsync(signer, 3);
        Assert.Equal(2, _device.Opened);
    }

    [Fact]
    public async Task What_is_asked_before_the_device_is_open_for_the_first_time_waits_for_it()
    {
        var opening = new TaskCompletionSource<DeviceOpening>(TaskCreationOptions.RunContinuationsAsynchronously);
        _device.NextOpening(() => new ValueTask<DeviceOpening>(opening.Task));
        Start();
        using var signer = Signer();
        await Until(() => _device.Opened == 1);
        var waiting = Sign(signer, 1);
        await IsThereAsync(_link.Actor!);
        Assert.False(waiting.IsCompleted);
        opening.SetResult(DeviceOpening.Ok(_device.NewSession()));
        Assert.Equal(_device.Key.Sign(Message(1)), (await waiting).Signature);
    }

    [Fact]
    public async Task The_answer_to_a_command_from_before_a_restart_belongs_to_nobody()
    {
        var node = new ActiveNodeOptions([], [], () => { }) { Devices = [Options] };
        Sys.ActorOf(Props.Create(() => new ActiveNodeActor(node)));
        using var signer = Signer();
        await SignsAsync(signer, 255);
        var before = Hold();
        var lost = Sign(signer, 1);
        await Until(() => _device.Given.Contains(Message(1)));
        _link.Actor!.Tell(Kill.Instance);
        Assert.Contains("it was stopped", (await lost).Error, StringComparison.Ordinal);

        // As many commands as before the restart.
        await SignsAsync(signer, 255);
        var after = Hold();
        var next = Sign(signer, 2);
        await Until(() => _device.Given.Contains(Message(2)));
        before.SetResult();
        await Until(() => next.IsCompleted || _device.Answered == 3);
        after.SetResult();
        Assert.Equal(_device.Key.Sign(Message(2)), (await next).Signature);
    }

    [Fact]
    public async Task An_idle_session_is_kept_and_one_that_is_gone_opened_again()
    {
        using var signer = await StartAsync();
        await PassUntil(() => _device.KeptAlive == 3);
        Assert.Equal((1, 0), (_device.Opened, _device.Closed));
        _device.Silent = "unplugged";
        await PassUntil(() => _device.Closed == 1);
        _device.Silent = null;
        await PassUntil(() => _device.Opened == 2);
        await SignsAsync(signer, 1);
        Assert.False(_device.Overlapped);
    }

    [Fact]
    public async Task Another_key_than_at_the_start_signs_nothing_until_the_right_one_is_back()
    {
        using var signer = await StartAsync();
        _device.ShownKey = new PublicKey(KeyAlgorithm.Ed25519, Enumerable.Repeat((byte)9, 32).ToArray());
        _device.NextSigning(new DeviceOutcome.Lost("unplugged"));
        Assert.NotNull((await Sign(signer, 1)).Error);
        await PassUntil(() => _device.Closed == 2);
        var error = await ErrorAsync(signer, text => text.Contains("0x0001", StringComparison.Ordinal));
        Assert.Matches("device unavailable: key 0x0001 has the public key .*, but the signer was started with .*: plug in the device that holds it", error);
        await PassUntil(() => _device.Closed == 3);
        Assert.DoesNotContain(Message(9), _device.Given);
        _device.ShownKey = null;
        await PassUntil(() => _device.Opened > 3 && _device.Opened == _device.Closed + 1);
        await SignsAsync(signer, 2);
    }

    [Fact]
    public async Task More_requests_than_may_wait_are_refused_at_once()
    {
        using var signer = await StartAsync();
        var gate = Hold();
        var running = Sign(signer, 0);
        await Until(() => _device.Given.Contains(Message(0)));
        var waiting = Enumerable.Range(1, 64).Select(i => Sign(signer, (byte)i)).ToList();
        Assert.Contains("64 requests wait for it already", (await Sign(signer, 100)).Error, StringComparison.Ordinal);
        gate.SetResult();
        Assert.All(await Task.WhenAll([running, .. waiting]), outcome => Assert.NotNull(outcome.Signature));
    }

    [Fact]
    public async Task Stopping_finishes_what_waits_and_closes_the_session()
    {
        var actor = Start();
        using var signer = Signer();
        await SignsAsync(signer, 255);
        var gate = Hold();
        var running = Sign(signer, 1);
        await Until(() => _device.Given.Contains(Message(1)));
        var waiting = Sign(signer, 2);
        Watch(actor);
        actor.Tell(DeviceMessages.Stop.Instance);
        gate.SetResult();
        Assert.NotNull((await running).Signature);
        Assert.NotNull((await waiting).Signature);
        ExpectTerminated(actor, ChainWorld.Patience);
        Assert.Equal((1, 1), (_device.Opened, _device.Closed));
        Assert.Equal("scripted: device unavailable: it is not running", (await Sign(signer, 3)).Error);
    }

    [Fact]
    public async Task A_device_that_is_not_open_stops_at_once()
    {
        _device.NextOpening("no device is attached");
        var actor = Start();
        using var signer = Signer();
        await ErrorAsync(signer, text => text.Contains("no device is attached", StringComparison.Ordinal));
        Watch(actor);
        actor.Tell(DeviceMessages.Stop.Instance);
        ExpectTerminated(actor, ChainWorld.Patience);
        Assert.Equal((1, 0), (_device.Opened, _device.Closed));
    }

    [Fact]
    public async Task Stopping_again_does_not_cut_off_the_closing()
    {
        var closing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _device.Closing = closing.Task;
        var actor = Start();
        using var signer = Signer();
        await SignsAsync(signer, 255);
        Watch(actor);
        actor.Tell(DeviceMessages.Stop.Instance);
        await Until(() => _device.Closed == 1);
        actor.Tell(DeviceMessages.Stop.Instance);
        await IsThereAsync(actor);
        closing.SetResult();
        ExpectTerminated(actor, ChainWorld.Patience);
    }

    [Fact]
    public async Task A_session_that_opens_while_it_stops_is_closed_before_it_has_stopped()
    {
        var opening = new TaskCompletionSource<DeviceOpening>(TaskCreationOptions.RunContinuationsAsynchronously);
        _device.NextOpening(() => new ValueTask<DeviceOpening>(opening.Task));
        var actor = Start();
        await Until(() => _device.Opened == 1);
        Watch(actor);
        actor.Tell(DeviceMessages.Stop.Instance);
        await IsThereAsync(actor);
        opening.SetResult(DeviceOpening.Ok(_device.NewSession()));
        ExpectTerminated(actor, ChainWorld.Patience);
        Assert.Equal((1, 1), (_device.Opened, _device.Closed));
    }

    private static async Task IsThereAsync(IActorRef actor) =>
        Assert.Equal(actor, (await actor.Ask<ActorIdentity>(new Identify(1)).WaitAsync(ChainWorld.Patience)).Subject);

    private static SignBytes Message(byte number) => new([number, 1, 2]);

    private static Task<SignOutcome> Sign(IConsensusSigner signer, byte number) =>
        signer.SignAsync(Message(number), CancellationToken.None).AsTask().WaitAsync(ChainWorld.Patience);

    private static async Task Until(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        while (!condition()) await Task.Delay(1, patience.Token);
    }

    private static async Task<string> ErrorAsync(IConsensusSigner signer, Func<string, bool> expected)
    {
        var error = "";
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        while (!expected(error = (await Sign(signer, 9)).Error ?? "")) await Task.Delay(1, patience.Token);
        return error;
    }

    private DeviceSigner Signer() => new(_link, _device.Name, ScriptedDevice.KeyId, _device.Key.PublicKey);

    private IActorRef Start() => Sys.ActorOf(Props.Create(() => new DeviceActor(Options)));

    private async Task<DeviceSigner> StartAsync()
    {
        Start();
        var signer = Signer();
        await SignsAsync(signer, 255);
        return signer;
    }

    private async Task SignsAsync(IConsensusSigner signer, byte number)
    {
        SignOutcome outcome;
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        while ((outcome = await Sign(signer, number)).Error is { } error)
        {
            Assert.Contains("unavailable", error, StringComparison.Ordinal);
            await Task.Delay(1, patience.Token);
        }

        Assert.Equal(_device.Key.Sign(Message(number)), outcome.Signature);
    }

    // The next signature is made when the gate opens.
    private TaskCompletionSource Hold()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _device.NextSigning(async message =>
        {
            await gate.Task;
            return _device.Right(message);
        });
        return gate;
    }

    private async Task PassUntil(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(ChainWorld.Patience);
        while (!condition())
        {
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1, patience.Token);
        }
    }
}
