namespace Kms.Hardware.Ledger;

/// <summary>The way over USB HID.</summary>
/// <param name="device">Opened with the first command, and again after each failure.</param>
public sealed class HidTransport(IHidDevice device) : LedgerTransport
{
    private IHidChannel? _channel;

    /// <inheritdoc/>
    protected override async ValueTask<LedgerReply> OnceAsync(Apdu command, CancellationToken deadline) =>
        await OpenAsync(deadline) is { } error ? LedgerReply.Failed(error) : await ExchangeAsync(_channel!, command, deadline);

    /// <inheritdoc/>
    protected override void Close()
    {
        _channel?.Dispose();
        _channel = null;
    }

    private async ValueTask<string?> OpenAsync(CancellationToken deadline)
    {
        if (_channel is not null) return null;
        (_channel, var error) = await device.OpenAsync(deadline);
        return error;
    }

    private static async ValueTask<LedgerReply> ExchangeAsync(IHidChannel channel, Apdu command, CancellationToken deadline)
    {
        // The answer to a command of an earlier connection.
        if (channel.Drain() is { } gone) return LedgerReply.Failed(gone);
        foreach (var report in HidFraming.Split(command.ToBytes()))
        {
            if (await channel.WriteAsync(report, deadline) is { } error) return LedgerReply.Failed(error);
        }

        return await ReadAsync(channel, deadline);
    }

    private static async ValueTask<LedgerReply> ReadAsync(IHidChannel channel, CancellationToken deadline)
    {
        var answer = new HidReassembly();
        while (!answer.IsComplete)
        {
            var report = await channel.ReadAsync(deadline);
            if (report.Bytes is not { } bytes) return LedgerReply.Failed(report.Error!);
            if (answer.Add(bytes.Span) is { } error) return LedgerReply.Failed($"the device sent {error}: see whether another program uses it");
        }

        return ApduResponse.TryParse(answer.Bytes, out var response)
            ? LedgerReply.Ok(response)
            : LedgerReply.Failed("the device sent an answer without a status");
    }
}
