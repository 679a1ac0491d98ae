using System.Text;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>The sheet of a set-up device: the phrase, the passwords of all roles and the wrap key, laid out as tmkms prints them. To be written down once.</summary>
public static class SecretSheet
{
    private const int MaxSize = 2048;
    private const int WordsInLine = 12;

    /// <summary>Writes it.</summary>
    /// <param name="mnemonic">Where all secrets come from.</param>
    /// <param name="heading">The lines above, ASCII, at most 500 characters.</param>
    /// <returns>UTF-8, to be disposed of by the caller.</returns>
    public static SecretBytes Write(Mnemonic mnemonic, string heading)
    {
        using var text = new SecretBytes(MaxSize);
        var writer = new Writer(text.Span);
        writer.Text($"{heading}\n\n- key 0x0001: admin:\n\n    ");
        using (var phrase = mnemonic.ToPhrase()) writer.Words(phrase.Span);
        writer.Text("\n\n");
        foreach (var role in Role.Every.Where(role => role != Role.Admin))
        {
            using var password = SetupSecrets.Password(mnemonic, role);
            writer.Text($"- authkey 0x{role.KeyId:x4} {$"[{role.Name}]:",-12} ");
            writer.Bytes(password.Span);
            writer.Text("\n");
        }

        using (var wrap = SetupSecrets.WrapKey(mnemonic))
        {
            writer.Text($"- wrapkey 0x{SetupCommands.WrapKeyId:x4} {"[primary]:",-12} ");
            writer.Hex(wrap.Span);
            writer.Text("\n");
        }

        var sheet = new SecretBytes(writer.Length);
        text.Span[..writer.Length].CopyTo(sheet.Span);
        return sheet;
    }

    private ref struct Writer(Span<byte> to)
    {
        private readonly Span<byte> _to = to;

        public int Length { get; private set; }

        public void Text(string text) => Length += Encoding.ASCII.GetBytes(text, _to[Length..]);

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_to[Length..]);
            Length += bytes.Length;
        }

        public void Hex(ReadOnlySpan<byte> bytes)
        {
            Convert.TryToHexStringLower(bytes, _to[Length..], out var written);
            Length += written;
        }

        /// <summary>A phrase in lines of twelve words.</summary>
        public void Words(ReadOnlySpan<byte> phrase)
        {
            var spaces = 0;
            foreach (var b in phrase)
            {
                if (b == (byte)' ' && ++spaces % WordsInLine == 0) Text("\n    ");
                else _to[Length++] = b;
            }
        }
    }
}
