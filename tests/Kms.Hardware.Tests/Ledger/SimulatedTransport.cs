using System.Threading.Channels;
using Kms.Hardware.Ledger;
using Kms.Testing.Ledger;

namespace Kms.Hardware.Tests.Ledger;

/// <summary>Straight to the simulated device. Answers that come at once are there at once: what is asked in between is asked while the device waits.</summary>
internal sealed class SimulatedTransport : ILedgerTransport
{
    private readonly SimulatedLedger _ledger;
    private readonly Channel<byte[]?> _answers = Channel.CreateUnbounded<byte[]?>();

    public SimulatedTransport(SimulatedLedger ledger)
    {
        _ledger = ledger;
        ledger.Answered += answer => _answers.Writer.TryWrite(answer);
        ledger.Detached += () => _answers.Writer.TryWrite(null);
    }

    /// <summary>All that was sent, in order.</summary>
    public List<Apdu> Sent { get; } = [];

    public async ValueTask<LedgerReply> ExchangeAsync(Apdu command, CancellationToken deadline)
    {
        while (_answers.Reader.TryRead(out _))
        {
            // Of an earlier command.
        }

        Sent.Add(command);
        try
        {
            _ledger.Send(command.ToBytes());
            return await _answers.Reader.ReadAsync(deadline) is { } answer && ApduResponse.TryParse(answer, out var response)
                ? LedgerReply.Ok(response)
                : LedgerReply.Failed("the device was unplugged");
        }
        catch (IOException)
        {
            return LedgerReply.Failed("no device");
        }
        catch (OperationCanceledException)
        {
            return LedgerReply.Failed("too late");
        }
    }

    public void Dispose()
    {
    }
}
