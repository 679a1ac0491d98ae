using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Reads the audit log. Needs get-log-entries.</summary>
public sealed record GetLogEntriesCommand : ICommand<GetLogEntriesResponse>
{
    /// <inheritdoc/>
    public CommandCode Code => CommandCode.GetLogEntries;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => 0;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
    }
}

/// <summary>The audit log since the index that was set.</summary>
/// <param name="UnloggedBoots">Restarts that found the log full.</param>
/// <param name="UnloggedAuthentications">Authentications that found the log full.</param>
/// <param name="Entries">The oldest first.</param>
public sealed record GetLogEntriesResponse(ushort UnloggedBoots, ushort UnloggedAuthentications, IReadOnlyList<LogEntry> Entries)
    : IResponse<GetLogEntriesResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetLogEntriesResponse? response)
    {
        var reader = new ByteReader(data);
        var (boots, authentications) = (reader.UInt16(), reader.UInt16());
        var entries = new LogEntry[reader.Byte()];
        for (var i = 0; i < entries.Length; i++) entries[i] = LogEntry.Read(ref reader);
        response = reader.Complete ? new GetLogEntriesResponse(boots, authentications, entries) : null;
        return response is not null;
    }
}
