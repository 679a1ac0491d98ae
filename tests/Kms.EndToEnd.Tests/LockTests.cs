using System.Text.Json;
using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Host.Control;
using Kms.Host.Demo;
using Kms.Testing;
using Xunit.Abstractions;

namespace Kms.EndToEnd.Tests;

/// <summary>One process that signs per journal.</summary>
public sealed class LockTests(ITestOutputHelper output) : EndToEndTest(output)
{
    private string Socket => Path.Combine(Home.Directory, "state", "kms.db.sock");

    [Fact]
    public async Task A_second_process_is_refused_with_the_pid_of_the_first_whatever_it_calls_the_journal()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptReadyAsync(node);
        var expected = $"error: the journal {Home.Directory}/state/kms.db is in use by {signer}: stop it first, or let it go on alone\n";
        Assert.Equal((1, expected), await RunAsync("start", "-c", Home.Config));

        // Neither another name of the folder, nor what makes .NET's own locks do nothing.
        var link = Path.Combine(Home.Directory, "link");
        Directory.CreateSymbolicLink(link, Home.Directory);
        Assert.Equal((1, expected), await RunAsync("start", "-c", Path.Combine(link, "tmkms.toml")));
        var withoutLocks = new SignerProgram("env", "DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1", Program.File);
        Assert.Equal((1, expected), await RunAsync(withoutLocks, "start", "-c", Home.Config));

        await SignsAsync(connection, Vote(2, Step.Prevote, Ask.A)); // The first one did not notice.
    }

    [Fact]
    public async Task The_lock_of_a_killed_process_is_free_and_its_socket_is_replaced()
    {
        var node = Listen();
        var signer = await SignerFor([Pinned(node)]);
        await signer.StartAsync(CancellationToken.None);
        await using (await AcceptReadyAsync(node)) signer.Kill();
        Assert.True(File.Exists(Socket));
        var reload = await RunAsync("reload", "-c", Home.Config);
        Assert.Equal(1, reload.ExitCode);
        Assert.StartsWith($"error: no signer of the journal {Home.Directory}/state/kms.db is running", reload.Output, StringComparison.Ordinal);

        await signer.StartAsync(CancellationToken.None);
        await using var connection = await AcceptAsync(node);
        await SignsAsync(connection, Vote(2, Step.Prevote, Ask.A));
        Assert.Equal((0, "      Reload nothing changed\n"), await RunAsync("reload", "-c", Home.Config));
        var status = Assert.IsType<ControlAnswer.Replied>(await ControlClient.TryAskAsync(Socket, "status", null)).Reply.Data!.Value;
        Assert.Equal(signer.ToString(), $"process {status.GetProperty("pid").GetInt32()}");
        var chain = Assert.Single(status.GetProperty("chains").EnumerateArray());
        Assert.Equal((Ask.Chain.ToString(), "2/0/1"), (chain.GetProperty("id").GetString(), chain.GetProperty("watermark").GetString()));
        Assert.Equal(JsonValueKind.Null, chain.GetProperty("problem").ValueKind);
        Assert.Equal(["again", "conflicts", "regressions"], chain.GetProperty("counts").EnumerateObject().Select(count => count.Name));
        Assert.Equal($"[{{\"chain\":\"{Ask.Chain}\",\"address\":\"{Pinned(node)}\"}}]", status.GetProperty("validators").GetRawText());
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(Socket));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode($"{Home.Directory}/state/kms.db.lock"));

        signer.Send(SignerProcess.SigTerm);
        Assert.Equal(0, await signer.ExitAsync(Patience, CancellationToken.None));
        Assert.False(File.Exists(Socket));
    }
}
