using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger.Simulator;

/// <summary>The simulator stays a device whatever it is sent.</summary>
public sealed class RobustnessTests
{
    private const int Seed = 20261123;

    [Fact]
    public void Whatever_command_is_sent_is_answered_with_a_status()
    {
        var random = new Random(Seed);
        var ledger = new SimulatedLedger();
        ledger.Prompted += ledger.Confirm;
        using var host = new DirectHost(ledger);
        for (var round = 0; round < 50_000; round++)
        {
            // A random height is soon the largest there is.
            if (round % 100 == 0) ledger.Open(LedgerProgram.Validator);
            var command = Command(random);
            var answer = host.Ask(command);
            Assert.True(answer is { Length: >= 4 } && host.Late() is null, $"seed {Seed}, round {round}: {Messages.Hex(command)} -> {answer}");
        }

        Assert.InRange(ledger.Signed.Length, 10, 49_000);
    }

    [Fact]
    public void Nothing_is_signed_that_does_not_come_after_what_was_signed()
    {
        var random = new Random(Seed);
        var ledger = new SimulatedLedger();
        ledger.Prompted += ledger.Confirm;
        using var host = new DirectHost(ledger);
        VoteType[] types = [VoteType.Proposal, VoteType.Prevote, VoteType.Precommit];
        for (var round = 0; round < 20_000; round++)
            host.Ask(Messages.Sign(Messages.For(types[random.Next(3)], round / 10 + random.Next(3), random.Next(4), "c", isNil: true)));

        var signed = ledger.Signed.Select(message => VoteHeader.TryParse(message, out var header) == ParseFault.None ? header : default).ToList();
        Assert.InRange(signed.Count, 500, 19_000);
        foreach (var (last, next) in signed.Zip(signed.Skip(1)))
            Assert.True((next.Height, next.Round, Step(next)).CompareTo((last.Height, last.Round, Step(last))) > 0, $"seed {Seed}: {next} after {last}");
    }

    [Fact]
    public void Whatever_report_is_written_the_device_reads_on()
    {
        var random = new Random(Seed);
        var ledger = new SimulatedLedger();
        ledger.Prompted += ledger.Confirm;
        using var device = new LedgerHid(ledger);
        using var node = device.Open();
        var reports = 0;
        for (var round = 0; round < 20_000; round++)
        {
            node.Write(Report(random));
            while (node.TryRead() is { } report)
            {
                Assert.True(report.Length == 64, $"seed {Seed}, round {round}");
                reports++;
            }
        }

        Assert.InRange(reports, 1_000, 19_000);
        // A report of the framing ends what is in work.
        node.Write([1, 1, 2, .. new byte[61]]);
        node.Write([1, 1, 5, 0, 0, 0, 5, 0x56, .. new byte[56]]);
        node.TryRead();
        Assert.Equal("01010500000006000009019000", Messages.Hex(node.TryRead()![..13]));
    }

    [Fact]
    public async Task Whatever_is_sent_by_tcp_the_next_one_is_served()
    {
        var random = new Random(Seed);
        var ledger = new SimulatedLedger();
        await using var server = LedgerTcp.Start(ledger);
        for (var round = 0; round < 50; round++)
        {
            using var host = await TcpHost.ConnectAsync(server.Port);
            var garbage = new byte[random.Next(300)];
            random.NextBytes(garbage);
            if (round % 2 == 0 && garbage.Length > 3) (garbage[0], garbage[1], garbage[2]) = (0, 0, 0);
            await host.Stream.WriteAsync(garbage);
            await host.EndAsync();
        }

        using var next = await TcpHost.ConnectAsync(server.Port);
        Assert.Equal("000009019000", await next.AskAsync(Messages.Of("5600000000")));
    }

    private static int Step(VoteHeader header) => header.Type switch { VoteType.Proposal => 0, VoteType.Prevote => 1, _ => 2 };

    // Mostly signing, mostly in one chunk, of messages that are nearly well-formed.
    private static byte[] Command(Random random)
    {
        byte[] message = random.Next(3) == 0 ? new byte[random.Next(256)] : Messages.For((VoteType)random.Next(4), random.Next(1 << 20), random.Next(260));
        if (random.Next(2) == 0)
            for (var i = random.Next(4); i > 0 && message.Length > 0; i--) message[random.Next(Math.Min(message.Length, 24))] = (byte)random.Next(256);
        byte[] command = [0x56, (byte)random.Next(1, 4), (byte)random.Next(1, 3), (byte)random.Next(1, 3), (byte)message.Length, .. message];
        return random.Next(4) == 0 ? command[..random.Next(Math.Min(command.Length, 8))] : command[..Math.Min(command.Length, 260)];
    }

    private static byte[] Report(Random random)
    {
        var report = new byte[random.Next(8) == 0 ? random.Next(130) : 64];
        random.NextBytes(report);
        if (report.Length < 12) return report;
        (report[0], report[1], report[2], report[3], report[4], report[5], report[6]) = (1, 1, 5, 0, (byte)random.Next(3), 0, (byte)random.Next(190));
        if (random.Next(10) == 0) report[2] = (byte)random.Next(7);
        if (random.Next(2) == 0) (report[7], report[8], report[9], report[10]) = (0x56, (byte)random.Next(4), 1, 1);
        return report;
    }
}
