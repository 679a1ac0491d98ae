using System.Net;
using System.Net.Sockets;
using Kms.Protocol.KeyEncoding;
using Kms.Protocol.Noise;
using Kms.Protocol.SecretConnection;

namespace Kms.Harness.Tests;

public class ConnectionTests
{
    [Fact]
    public async Task Over_tcp_the_whole_run_goes_through_secret_connections()
    {
        ScriptedSigner? signer = null;
        var progress = new Steps(step =>
        {
            if (step is HarnessProgress.Listening listening)
                signer = new ScriptedSigner(listening.Endpoint, new ScriptedRules(HarnessRun.Chain, Flaw.None, false), Flaw.None);
        });
        var report = await HarnessRunner.RunAsync(HarnessRun.Options(HarnessOptions.Loopback), progress, CancellationToken.None);
        await signer!.DisposeAsync();
        Assert.Empty(report.Failures());
        Assert.Equal(CheckOutcome.Pass, report.Result("hostile.handshake").Outcome);
        Assert.Contains("(id ", report.Result("basics.connect").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_noise_the_whole_run_goes_through_it()
    {
        using var node = ListenForNoise();
        await using var signer = new ScriptedSigner(
            node.Endpoint, new ScriptedRules(HarnessRun.Chain, Flaw.None, false), Flaw.None, peer: node.PeerId);
        var report = await HarnessRunner.RunAsync(HarnessRun.Options(node.Endpoint), node, null, CancellationToken.None);
        Assert.Empty(report.Failures());
        Assert.Equal(CheckOutcome.Pass, report.Result("hostile.handshake").Outcome);
        Assert.EndsWith($"(id {signer.PeerId})", report.Result("basics.connect").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_noise_another_signer_than_the_expected_one_is_dropped_after_the_handshake()
    {
        using var other = IdentityKey.Generate();
        using var node = ListenForNoise(other.PeerId);
        var accepting = node.AcceptAsync(TimeSpan.FromSeconds(30), CancellationToken.None);

        // The stranger comes first, finishes its handshake and reads the end; who is expected is served then.
        using var stranger = IdentityKey.Generate();
        await using (var stream = await NoiseAsync(node, stranger)) Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        await using var expected = await NoiseAsync(node, other);
        var (connection, problem) = await accepting;
        Assert.Null(problem);
        Assert.EndsWith($"(id {other.PeerId})", connection!.Peer, StringComparison.Ordinal);
        await connection.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("0004aabbccdd")]
    [InlineData("00200000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("0020090000000000000000000000000000000000000000000000000000000000000000050102030405")]
    public async Task Over_noise_a_caller_that_does_not_shake_hands_is_a_reason_and_no_crash(string hex)
    {
        using var node = ListenForNoise();
        var where = (HarnessEndpoint.Noise)node.Endpoint;
        var accepting = node.AcceptAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        using (var caller = new TcpClient())
        {
            await caller.ConnectAsync(where.Address, where.Port);
            var stream = caller.GetStream();
            await stream.WriteAsync(Convert.FromHexString(hex));
            caller.Client.Shutdown(SocketShutdown.Send);
            await EndAsync(stream);
        }

        using var identity = IdentityKey.Generate();
        await using var next = await NoiseAsync(node, identity);
        var (connection, _) = await accepting;
        Assert.NotNull(connection);
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_caller_that_speaks_another_language_is_told_from_none()
    {
        using var node = ListenForNoise();
        var where = (HarnessEndpoint.Noise)node.Endpoint;
        using var caller = new TcpClient();
        await caller.ConnectAsync(where.Address, where.Port);
        await caller.GetStream().WriteAsync((byte[])[0x22, 0x0a, 0x20, .. new byte[32]]); // SecretConnection's first message.
        var (connection, problem) = await node.AcceptAsync(TimeSpan.FromSeconds(2), CancellationToken.None);
        Assert.Null(connection);
        Assert.EndsWith($"dialled, but the handshake was not finished in time; its address for this node must begin with noise://{node.PeerId}@", problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_noise_an_empty_message_is_no_end()
    {
        using var node = ListenForNoise();
        var where = (HarnessEndpoint.Noise)node.Endpoint;
        var accepting = node.AcceptAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        using var caller = new TcpClient();
        await caller.ConnectAsync(where.Address, where.Port);
        var signer = await NoisePeer.ConnectAsync(caller.GetStream(), new byte[32]);
        await using var connection = (await accepting).Connection!;
        var pinging = connection.PingAsync(CancellationToken.None);
        await signer.ReadAsync(3);
        await signer.SendAsync(signer.Seal([]));
        await signer.WriteAsync([2, 0x42, 0]); // A ping's answer.
        Assert.IsType<SignerReply.Pong>(await pinging);
    }

    [Fact]
    public void A_socket_in_a_directory_that_does_not_exist_is_explained()
    {
        var path = Path.Combine(Path.GetTempPath(), $"no-{Guid.NewGuid():N}", "s");
        Assert.Null(NodeListener.TryListen(new HarnessEndpoint.Unix(path), TimeSpan.FromSeconds(1), out var error));
        Assert.Equal($"cannot listen on unix://{path}: its directory does not exist", error);
    }

    [Fact]
    public async Task Two_connections_of_a_correct_signer_pass()
    {
        var report = await HarnessRun.WithAsync(Flaw.None, Patient, connections: 2);
        Assert.Empty(report.Failures());
        Assert.Equal(CheckOutcome.Pass, report.Result("two-nodes").Outcome);
    }

    [Fact]
    public async Task Two_connections_that_do_not_share_their_memory_are_a_double_sign()
    {
        var report = await HarnessRun.WithAsync(Flaw.RacesBetweenConnections, Patient, connections: 2);
        Assert.StartsWith("DOUBLE SIGN", report.Result("two-nodes").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_signer_one_check_fails_and_says_where_to_dial()
    {
        var options = HarnessRun.Options(HarnessOptions.Loopback) with { AcceptTimeout = TimeSpan.FromMilliseconds(50) };
        var report = await HarnessRunner.RunAsync(options, null, CancellationToken.None);
        Assert.Equal(["basics.connect"], report.Failures());
        Assert.Contains("no signer dialled tcp://127.0.0.1:", report.Result("basics.connect").Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(":0 ", report.Result("basics.connect").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_address_is_a_failed_check()
    {
        using var first = NodeListener.TryListen(HarnessOptions.Loopback, TimeSpan.FromSeconds(1), out _)!;
        var report = await HarnessRunner.RunAsync(HarnessRun.Options(first.Endpoint), null, CancellationToken.None);
        Assert.Equal(["basics.connect"], report.Failures());
        Assert.Contains("cannot listen", report.Results[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_height_that_is_not_above_the_signers_floor_is_one_clear_failure()
    {
        var report = await HarnessRun.WithAsync(Flaw.None, options => options, floor: 100);
        Assert.Equal(["basics.first-signature"], report.Failures());
        Assert.Contains("choose a higher start height", report.Result("basics.first-signature").Detail, StringComparison.Ordinal);
        Assert.Single(report.Text().Split('\n'), line => line.Contains("not run: basics.first-signature failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_can_start_above_the_floor_and_says_where_the_next_one_can()
    {
        var report = await HarnessRun.WithAsync(Flaw.None, options => options with { StartHeight = 5000 }, floor: 100);
        Assert.True(report.Passed);
        Assert.InRange(report.NextHeight, 5100, 6000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_caller_that_left_while_it_waited_is_not_taken_for_a_signer(bool reset)
    {
        using var listener = NodeListener.TryListen(HarnessOptions.Loopback, TimeSpan.FromSeconds(30), out _)!;
        var where = (HarnessEndpoint.Tcp)listener.Endpoint;
        using (var gone = new TcpClient())
        {
            await gone.ConnectAsync(where.Address, where.Port);
            if (reset) gone.LingerState = new LingerOption(true, 0);
        }

        await using var signer = new ScriptedSigner(where, new ScriptedRules(HarnessRun.Chain, Flaw.None, false), Flaw.None);
        var (connection, problem) = await listener.AcceptAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        Assert.Null(problem);
        Assert.IsType<SignerReply.Pong>(await connection!.PingAsync(CancellationToken.None));
        await connection.DisposeAsync();
        Assert.IsType<SignerReply.Closed>(await connection.PingAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_run_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var run = HarnessRunner.RunAsync(HarnessRun.Options(HarnessOptions.Loopback), null, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private static NodeListener ListenForNoise(PeerId? signer = null) =>
        NodeListener.TryListen(new HarnessEndpoint.Noise(IPAddress.Loopback, 0) { Signer = signer }, TimeSpan.FromSeconds(30), out _)!;

    private static async Task<NoiseStream> NoiseAsync(NodeListener node, IdentityKey identity)
    {
        var where = (HarnessEndpoint.Noise)node.Endpoint;
        var client = new TcpClient();
        await client.ConnectAsync(where.Address, where.Port);
        return await NoiseStream.ConnectAsync(client.GetStream(), identity, node.PeerId!, CancellationToken.None);
    }

    private static async Task EndAsync(Stream stream)
    {
        try
        {
            while (await stream.ReadAsync(new byte[1024]) > 0) { }
        }
        catch (IOException)
        {
            // A reset is an end too.
        }
    }

    [Theory]
    [InlineData("tcp://127.0.0.1:26659", "tcp://127.0.0.1:26659")]
    [InlineData("tcp://localhost:0", "tcp://127.0.0.1:0")]
    [InlineData("tcp://[::1]:1", "tcp://[::1]:1")]
    [InlineData("noise://127.0.0.1:26659", "noise://127.0.0.1:26659")]
    [InlineData("noise://localhost:0", "noise://127.0.0.1:0")]
    [InlineData("noise://[::1]:1", "noise://[::1]:1")]
    [InlineData("unix:///run/a.sock", "unix:///run/a.sock")]
    [InlineData("noise://127.0.0.1", null)]
    [InlineData("noise://validator:1", null)]
    [InlineData("tcp://127.0.0.1", null)]
    [InlineData("tcp://127.0.0.1:65536", null)]
    [InlineData("tcp://validator:1", null)]
    [InlineData("http://127.0.0.1:1", null)]
    [InlineData("unix://", null)]
    public void Endpoints_are_parsed_or_explained(string text, string? expected)
    {
        Assert.Equal(expected is not null, HarnessEndpoint.TryParse(text, out var endpoint, out var error));
        Assert.Equal(expected, endpoint?.ToString());
        Assert.Equal(expected is null, error is not null);
    }

    private static HarnessOptions Patient(HarnessOptions options) => options with { SecondConnection = TimeSpan.FromSeconds(30) };

    private sealed class Steps(Action<HarnessProgress> action) : IProgress<HarnessProgress>
    {
        public void Report(HarnessProgress value) => action(value);
    }
}
