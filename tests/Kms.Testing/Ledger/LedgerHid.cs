namespace Kms.Testing.Ledger;

/// <summary>The device on the USB bus: what the kernel's hidraw makes of it. Each open node gets what the device sends from then on; while there is none the
/// device keeps it, and the next one finds it. A node does not outlive the device's leave, if only to come back with another program.</summary>
public sealed class LedgerHid : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SimulatedLedger _ledger;
    private readonly List<HidNode> _nodes = [];
    private readonly Queue<byte[]> _kept = new();
    private HidReassembly _reassembly = new();
    private Task _sending = Task.CompletedTask;
    private AnswerFault? _fault;
    private int _plugged;

    /// <summary>What the interface for commands says of itself.</summary>
    public static byte[] ReportDescriptor { get; } = Convert.FromHexString("06a0ff0901a1010903150026ff007508954081080904150026ff00750895409108c0");

    /// <summary>What the kernel says of it.</summary>
    /// <param name="product">idProduct.</param>
    /// <param name="port">Where it is plugged in.</param>
    public static string Uevent(ushort product, string port) =>
        $"DRIVER=hid-generic\nHID_ID=0003:00002C97:{product:X8}\nHID_NAME=Ledger Nano S\nHID_PHYS={port}/input0\nHID_UNIQ=0001\n"
        + $"MODALIAS=hid:b0003g0001v00002C97p{product:X8}\n";

    /// <summary>Only one for a device.</summary>
    public LedgerHid(SimulatedLedger ledger)
    {
        _ledger = ledger;
        ledger.Answered += Send;
        ledger.Detached += Detach;
    }

    /// <summary>Whether the node is there.</summary>
    public bool IsPlugged => _ledger.IsPlugged;

    /// <summary>Opens /dev/hidrawN.</summary>
    /// <exception cref="IOException">The device is not on the bus.</exception>
    public HidNode Open()
    {
        lock (_gate)
        {
            if (!_ledger.IsPlugged) throw new IOException("no such device", HidNode.NoDevice);
            var node = new HidNode(this);
            _nodes.Add(node);
            while (_kept.TryDequeue(out var report)) node.Deliver(report);
            return node;
        }
    }

    /// <summary>Reports of an answer that nobody has read, of a program that ran before.</summary>
    public void LeaveStale(byte[] answer, ushort channel = 0x0101)
    {
        foreach (var report in HidReassembly.Split(channel, answer)) Deliver(report);
    }

    public void Dispose()
    {
        _ledger.Answered -= Send;
        _ledger.Detached -= Detach;
        Detach();
    }

    internal void Write(HidNode node, ReadOnlySpan<byte> report)
    {
        byte[]? command, reply;
        lock (_gate)
        {
            if (!_nodes.Contains(node)) throw new IOException("no such device", HidNode.NoDevice);
            (command, reply) = _reassembly.Take(report);
            if (command is not null) _fault = _ledger.Faults.Next();
            if (_fault == AnswerFault.Ignored) (command, _fault) = (null, null);
        }

        if (reply is not null) Deliver(reply);
        if (command is not null) _ledger.Send(command);
    }

    internal void Close(HidNode node)
    {
        lock (_gate) _nodes.Remove(node);
    }

    private void Send(byte[] answer)
    {
        lock (_gate)
        {
            var reports = Spoiled(answer, _reassembly.Channel);
            _fault = null;
            if (_ledger.Faults.Delay > TimeSpan.Zero || !_sending.IsCompleted) _sending = SendAsync(_sending, reports, _plugged);
            else reports.ForEach(Deliver);
        }
    }

    private async Task SendAsync(Task before, List<byte[]> reports, int plugged)
    {
        await before;
        await Task.Delay(_ledger.Faults.Delay, _ledger.Options.Time);
        lock (_gate)
            if (plugged == _plugged) reports.ForEach(Deliver);
    }

    private void Deliver(byte[] report)
    {
        lock (_gate)
        {
            if (_nodes.Count == 0) _kept.Enqueue(report);
            foreach (var node in _nodes) node.Deliver(report);
        }
    }

    private void Detach()
    {
        lock (_gate)
        {
            _plugged++;
            _fault = null;
            _sending = Task.CompletedTask;
            _reassembly = new HidReassembly();
            _kept.Clear();
            _nodes.ForEach(node => node.End());
            _nodes.Clear();
        }
    }

    private List<byte[]> Spoiled(byte[] answer, ushort channel)
    {
        if (_fault == AnswerFault.Corrupt) answer = [(byte)(answer[0] ^ 1), .. answer[1..]];
        var reports = HidReassembly.Split(channel, answer);
        switch (_fault)
        {
            case AnswerFault.Lost:
                return [];
            case AnswerFault.Unfinished:
                return reports[..^1];
            case AnswerFault.Short:
                reports[^1] = reports[^1][..4];
                break;
            case AnswerFault.Misnumbered:
                reports[^1][4] ^= 1;
                break;
            case AnswerFault.WrongChannel:
                reports.ForEach(report => report[0] ^= 1);
                break;
            case AnswerFault.WrongTag:
                reports.ForEach(report => report[2] = 2);
                break;
            case AnswerFault.NoLength:
                (reports[0][5], reports[0][6]) = (0, 0);
                break;
            case AnswerFault.TooLong:
                reports[0][5] = 0xFF;
                break;
        }

        return reports;
    }
}
