using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Connector;

/// <summary>One device that signs, and others who administer it through the connector server meanwhile.</summary>
public sealed class SharedDeviceTests : IAsyncDisposable
{
    private const int SigningKey = 1;

    private static readonly CancellationToken NoDeadline = CancellationToken.None;
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly YubiHsmDevice _device = new();
    private readonly SharedTransport _shared;
    private readonly ServedConnector _connector;
    private readonly Credentials _credentials = Credentials.FromPassword(1, "password"u8);

    public SharedDeviceTests()
    {
        HostSession.Open(_device).PutKey(SigningKey, Seed);
        _device.Faults.CloseSessions();
        _shared = new SharedTransport(new SimulatedWay(_device));
        _connector = new ServedConnector(_shared.Guest, options => options with { RequestsPerSecond = 1_000_000 });
    }

    public async ValueTask DisposeAsync()
    {
        await _connector.DisposeAsync();
        _shared.Dispose();
        _credentials.Dispose();
    }

    [Fact]
    public async Task Two_clients_administer_while_it_signs_and_all_of_it_is_right()
    {
        using var done = new CancellationTokenSource();
        var signing = SignAsync(done.Token);
        await Task.WhenAll(AdministerAsync(100), AdministerAsync(200));
        await done.CancelAsync();
        Assert.True(await signing > 0);
        Assert.Equal(["AuthenticationKey 1", "AsymmetricKey 1"], _device.Objects.Select(o => $"{o.Type} {o.Id}"));
        Assert.Empty(_connector.Warnings);
    }

    [Fact]
    public async Task Who_opens_a_session_is_told_and_so_is_a_wrong_password()
    {
        using var http = Http();
        await using (var session = new YubiHsmSession(http, _credentials)) await EchoAsync(session);
        Assert.Matches("^127\\.0\\.0\\.1:[0-9]+ opened a session with authentication key 0x0001$", Assert.Single(_connector.Infos));

        using var wrong = Credentials.FromPassword(1, "Password"u8);
        await using (var session = new YubiHsmSession(http, wrong))
            Assert.Equal(FailureCause.Credentials, (await session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure!.Cause);
        Assert.Single(_connector.Warnings);
        // The product's host sees by itself that the device's answer is not that of its password; others let the device find out.
        using var raw = await _connector.ConnectAsync();
        await raw.PostAsync([3, 0, 10, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
        var id = (await raw.AnswerAsync()).Body[3];
        await raw.PostAsync([4, 0, 17, id, .. new byte[16]]);
        Assert.Equal([0x7f, 0, 1, 4], (await raw.AnswerAsync()).Body);
        Assert.All(_connector.Warnings, line => Assert.Matches("^127\\.0\\.0\\.1:[0-9]+ has a wrong password for authentication key 0x0001$", line));
        Assert.Equal(2, _connector.Warnings.Count);
        Assert.Single(_connector.Infos);
    }

    [YubiHsmShellFact]
    public async Task Yubicos_own_client_administers_while_it_signs()
    {
        using var done = new CancellationTokenSource();
        var signing = SignAsync(done.Token);
        var directory = Directory.CreateTempSubdirectory("shell-").FullName;
        try
        {
            Assert.Contains("Serial number:", await ShellAsync("get-device-info"), StringComparison.Ordinal);
            Assert.Contains(
                "Generated Asymmetric key 0x0007",
                await ShellAsync("generate-asymmetric-key", "-p", "password", "-i", "7", "-l", "made by it", "-d", "1", "-c", "sign-eddsa", "-A", "ed25519"),
                StringComparison.Ordinal);
            Assert.Contains("id: 0x0007, type: asymmetric-key, algo: ed25519", await ShellAsync("list-objects", "-p", "password"), StringComparison.Ordinal);
            var (message, signature) = (Path.Combine(directory, "message"), Path.Combine(directory, "signature"));
            await File.WriteAllTextAsync(message, "hello");
            await ShellAsync("sign-eddsa", "-p", "password", "-i", "1", "-A", "ed25519", "--in", message, "--out", signature, "--outformat", "binary");
            Assert.Equal((await SoftSigner.FromSeed(Seed).SignAsync(new SignBytes("hello"u8.ToArray()), NoDeadline)).Signature!.Span.ToArray(), await File.ReadAllBytesAsync(signature));
            await ShellAsync("delete-object", "-p", "password", "-i", "7", "-t", "asymmetric-key");
            var (code, output) = await YubiHsmShell.RunAsync(_connector.Url, "-a", "list-objects", "-p", "Password");
            Assert.True(code != 0, output);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        await done.CancelAsync();
        Assert.True(await signing > 0);
        Assert.Equal(["AuthenticationKey 1", "AsymmetricKey 1"], _device.Objects.Select(o => $"{o.Type} {o.Id}"));
        Assert.Contains("has a wrong password for authentication key 0x0001", Assert.Single(_connector.Warnings), StringComparison.Ordinal);
    }

    private async Task<string> ShellAsync(string action, params string[] arguments)
    {
        var (code, output) = await YubiHsmShell.RunAsync(_connector.Url, ["-a", action, .. arguments]);
        Assert.True(code == 0, $"{action}: {output}");
        return output;
    }

    // Every signature must be right, and none may fail. How many there were.
    private async Task<int> SignAsync(CancellationToken done)
    {
        using var expected = SoftSigner.FromSeed(Seed);
        await using var session = new YubiHsmSession(_shared, _credentials);
        var opened = await YubiHsmSigner.OpenAsync(session, SigningKey, KeyAlgorithm.Ed25519, NoDeadline);
        using var signer = opened.Response;
        Assert.True(signer is not null, opened.Failure?.Reason);
        var count = 0;
        while (!done.IsCancellationRequested)
        {
            var message = new SignBytes(BitConverter.GetBytes(count++));
            var outcome = await signer.SignAsync(message, NoDeadline);
            Assert.True(outcome.Signature is not null, outcome.Error);
            Assert.Equal((await expected.SignAsync(message, NoDeadline)).Signature!.Span.ToArray(), outcome.Signature.Span.ToArray());
        }

        return count;
    }

    private async Task AdministerAsync(ushort first)
    {
        using var http = Http();
        await using var session = new YubiHsmSession(http, _credentials);
        for (var id = first; id < first + 20; id++)
        {
            var key = new NewObject(id, ObjectLabel.FromText($"{id}")!, Domains.One, Capability.SignEddsa, Algorithm.Ed25519);
            Assert.Equal(new ObjectIdResponse(id), (await session.SendAsync(new GenerateAsymmetricKeyCommand(key), NoDeadline)).Response);
            Assert.NotNull((await session.SendAsync(new GetPublicKeyCommand(id), NoDeadline)).Response);
            await EchoAsync(session);
            Assert.Null((await session.SendAsync(new DeleteObjectCommand(id, ObjectType.AsymmetricKey), NoDeadline)).Failure);
        }
    }

    private static async Task EchoAsync(YubiHsmSession session)
    {
        var data = new byte[1500];
        Random.Shared.NextBytes(data);
        var reply = await session.SendAsync(new EchoCommand(data), NoDeadline);
        Assert.True(reply.Failure is null, reply.Failure?.Reason);
        Assert.Equal(data, reply.Response!.Data.ToArray());
    }

    private HttpTransport Http()
    {
        Assert.True(HttpTransport.TryCreate(_connector.Url, TimeSpan.FromMinutes(5), out var http, out var error), error);
        return http;
    }
}
