using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Harness;
using Kms.Host.Demo;
using Kms.Testing;
using Kms.Testing.YubiHsm;
using Xunit.Abstractions;
using SimulatedYubiHsm = Kms.Testing.YubiHsm.YubiHsmDevice;

namespace Kms.EndToEnd.Tests;

/// <summary>connector_server of the real program: others use its YubiHSM while it signs.</summary>
public sealed class ConnectorServerTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private const int Signatures = 50;
    private const string AdministratorPassword = "of the administrator";

    private static readonly CancellationToken NoDeadline = CancellationToken.None;

    [Fact]
    public async Task The_device_is_administered_while_it_signs()
    {
        var device = new SimulatedYubiHsm();
        var factory = HostSession.Open(device);
        factory.PutKey(1, Convert.FromBase64String(await File.ReadAllTextAsync(Home.ConsensusKey)));
        factory.PutAuthenticationKey(
            2, AdministratorPassword, DeviceCapabilities.GenerateAsymmetricKey | DeviceCapabilities.DeleteAsymmetricKey, DeviceCapabilities.SignEddsa);
        device.Faults.CloseSessions();
        device.Faults.Delay = TimeSpan.FromMilliseconds(5); // A device without any delay would be given more requests than the server lets through.
        await using var way = YubiHsmConnector.Start(device);
        var port = FreePort();
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await SignWithDeviceAsync(way.Port, port);
        await signer.StartAsync(NoDeadline);
        await using (var connection = await AcceptReadyAsync(node))
        {
            await LogsAsync(signer, $"tmkms::connector: [connector] other programs reach the YubiHSM at http://127.0.0.1:{port}");
            using var done = new CancellationTokenSource();
            var administering = AdministerAsync(port, done.Token);
            for (var height = 2; height < 2 + Signatures; height++)
                Assert.IsType<SignerReply.Signed>(await SignAsync(connection, Vote(height, Step.Prevote, Ask.A)));
            await done.CancelAsync();
            Assert.True(await administering > 0);
            await LogsAsync(signer, " opened a session with authentication key 0x0002");
        }

        signer.Send(SignerProcess.SigTerm);
        Assert.Equal(0, await signer.ExitAsync(Patience, NoDeadline));
        Assert.DoesNotContain(AdministratorPassword, signer.Text(), StringComparison.Ordinal);
        Assert.Equal(0, device.Sessions);
        Assert.Equal([1, 1, 2], device.Objects.Select(o => (int)o.Id).Order());
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_with_the_reason()
    {
        var device = new SimulatedYubiHsm();
        HostSession.Open(device).PutKey(1, Convert.FromBase64String(await File.ReadAllTextAsync(Home.ConsensusKey)));
        await using var way = YubiHsmConnector.Start(device);
        await using var other = YubiHsmConnector.Start(device);
        var signer = await SignerFor(["tcp://127.0.0.1:1"]);
        await SignWithDeviceAsync(way.Port, other.Port);
        await signer.StartAsync(NoDeadline);
        Assert.Equal(1, await signer.ExitAsync(Patience, NoDeadline));
        Assert.EndsWith(
            $"error: connector_server: cannot listen on 127.0.0.1:{other.Port}: another program does, perhaps yubihsm-connector; stop it, or choose another port\n",
            signer.Text(), StringComparison.Ordinal);
    }

    // How many keys came and went.
    private static async Task<int> AdministerAsync(int port, CancellationToken done)
    {
        Assert.True(HttpTransport.TryCreate(string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{port}"), Patience, out var http, out var error), error);
        using var transport = http;
        using var credentials = Credentials.FromPassword(2, System.Text.Encoding.UTF8.GetBytes(AdministratorPassword));
        await using var session = new YubiHsmSession(transport, credentials);
        var count = 0;
        do
        {
            var key = new NewObject(100, ObjectLabel.FromText("new")!, Domains.One, Capability.SignEddsa, Algorithm.Ed25519);
            var made = await session.SendAsync(new GenerateAsymmetricKeyCommand(key), NoDeadline);
            Assert.True(made.Failure is null, made.Failure?.Reason);
            var deleted = await session.SendAsync(new DeleteObjectCommand(100, ObjectType.AsymmetricKey), NoDeadline);
            Assert.True(deleted.Failure is null, deleted.Failure?.Reason);
            count++;
        }
        while (!done.IsCancellationRequested);

        return count;
    }

    // In place of the key file.
    private async Task SignWithDeviceAsync(int adapter, int server)
    {
        var text = await File.ReadAllTextAsync(Home.Config);
        var (begin, end) = (text.IndexOf("[[providers.softsign]]", StringComparison.Ordinal), text.IndexOf("[[validator]]", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Home.Config, string.Create(CultureInfo.InvariantCulture, $$"""
            {{text[..begin]}}[[providers.yubihsm]]
            adapter = { type = "http", addr = "tcp://127.0.0.1:{{adapter}}" }
            auth = { key = 1, password = "password" }
            keys = [{ chain_ids = ["{{Ask.Chain}}"], key = 1 }]
            connector_server = { laddr = "tcp://127.0.0.1:{{server}}", cli = { auth_key = 2 } }

            {{text[end..]}}
            """));
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
