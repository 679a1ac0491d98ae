using System.Globalization;
using System.Text;

namespace Kms.Testing.Ledger;

/// <summary>The app "Tendermint" 0.9.1 from its opening to its end, with all that is odd about it. Everything it remembers ends with it.</summary>
internal sealed class LedgerApp(LedgerOptions options, LedgerKey key)
{
    private const byte Class = 0x56;
    private const int HeaderSize = 5;
    private const string Name = "Tendermint";

    private readonly List<byte> _message = [];
    private VoteHeader? _last;

    /// <summary>What the user is asked to confirm; null when nothing is.</summary>
    public VoteHeader? Prompt { get; private set; }

    /// <summary>The lines of the screen of a Nano S.</summary>
    public IReadOnlyList<string> Screen
    {
        get
        {
            if (Prompt is { } prompt) return ["Init validation", Text($"Height: {prompt.Height}"), Text($"Round: {prompt.Round:d3}")];
            if (_last is not { } last) return [Name, "Validator"];
            var publicKey = Convert.ToHexString(key.PublicKey);
            return [Text($"Height: {last.Height}"), Text($"{last.Type,-10}:R{last.Round:d3}"), $"{publicKey[..8]}..{publicKey[^8..]}"];
        }
    }

    /// <summary>The answer to a command; null when there is none: it is held back until a button is pressed, or the command came while one was.</summary>
    public byte[]? Answer(byte[] command)
    {
        if (Prompt is not null) return null;
        if (command.Length == 0) return Status(AppStatus.EmptyCommand);
        if (command.AsSpan().StartsWith(AppName.Command)) return AppName.Answer(Name, options.AppVersion.ToString(3));
        if (command.Length < HeaderSize) return Status(AppStatus.ShortCommand);
        if (command[0] != Class) return Status(AppStatus.UnknownClass);
        // The length in the fifth byte is not looked at.
        return command[1] switch
        {
            0 => Done(options.IsTestBuild ? (byte)0xFF : (byte)0, (byte)options.AppVersion.Major, (byte)options.AppVersion.Minor, (byte)options.AppVersion.Build),
            1 => Done(key.PublicKey),
            2 => Take(command[2], command[3], command[HeaderSize..]),
            _ => Status(AppStatus.UnknownInstruction),
        };
    }

    /// <summary>The answer that a button releases; null when nothing waits for one.</summary>
    public byte[]? Press(bool accept)
    {
        if (Prompt is not { } prompt) return null;
        Prompt = null;
        return accept ? Sign(prompt) : Status(AppStatus.Rejected);
    }

    /// <summary>An answer without data.</summary>
    internal static byte[] Status(AppStatus status) => [(byte)((ushort)status >> 8), (byte)((ushort)status & 0xFF)];

    /// <summary>An answer with data.</summary>
    internal static byte[] Done(params byte[] data) => [.. data, .. Status(AppStatus.Ok)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // Index 1 begins a message, index = count ends it; nothing says that those between follow each other.
    private byte[]? Take(byte index, byte count, byte[] chunk)
    {
        if (index == 1) _message.Clear();
        if (_message.Count + chunk.Length > options.MessageLimit) return Status(AppStatus.BufferFull);
        _message.AddRange(chunk);
        return index == count ? Decide() : Done();
    }

    private byte[]? Decide()
    {
        var fault = VoteHeader.TryParse(_message.ToArray(), out var header);
        if (fault != ParseFault.None) return [(byte)fault, .. Status(AppStatus.Unparsable)];
        if (_last is { } last) return header.ComesAfter(last) ? Sign(header) : Status(AppStatus.NotAfterLast);
        Prompt = header;
        return null;
    }

    private byte[] Sign(VoteHeader header)
    {
        _last = header;
        return Done(key.Sign([.. _message]));
    }
}

/// <summary>The question which app is open, answered by the firmware inside of each.</summary>
internal static class AppName
{
    public static ReadOnlySpan<byte> Command => [0xB0, 0x01, 0x00, 0x00];

    /// <summary>That the flags are one byte of zero is [device, unverified].</summary>
    public static byte[] Answer(string name, string version) =>
        LedgerApp.Done([1, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)version.Length, .. Encoding.ASCII.GetBytes(version), 1, 0]);
}
