using System.Text;
using Kms.Persistence.StateFiles;

namespace Kms.Fuzz.Targets;

/// <summary>What is read from a state file survives writing it in every format, and its position never falls. Input: the content of the
/// file.</summary>
internal static class StateFileTarget
{
    private static readonly StateFormat[] Formats = Enum.GetValues<StateFormat>();

    public static bool Run(ReadOnlySpan<byte> input)
    {
        var accepted = Read(input, null);
        foreach (var format in Formats) accepted |= Read(input, format);
        return accepted;
    }

    private static bool Read(ReadOnlySpan<byte> input, StateFormat? format)
    {
        var result = StateFile.Parse(input, format);
        Property.OneOf(result.IsRead, result.Error, "a state file");
        if (!result.IsRead) return false;
        Property.Holds(format is null || result.Format == format, "a file is read as another format than was named");
        foreach (var other in Formats) WriteAs(other, result);
        return true;
    }

    private static void WriteAs(StateFormat format, StateFileResult file)
    {
        var rendered = StateFile.Render(format, file.States!);
        Property.OneOf(rendered.IsRendered, rendered.Error, "writing a state file");
        if (!rendered.IsRendered) return;

        var again = StateFile.Parse(Encoding.UTF8.GetBytes(rendered.Text), format);
        Property.Holds(again.IsRead, $"a file that was written as {format} is refused: {again.Error}");
        Property.Holds(again.States!.Count == file.States!.Count, "a chain was lost");
        foreach (var (before, after) in file.States.Zip(again.States))
        {
            Property.Holds(after.Position >= before.Position, $"written as {format}, the position fell from {before.Position} to {after.Position}");
            if (format == StateFormat.Interchange)
                Property.Holds(before.Chain == after.Chain && before.PublicKey == after.PublicKey, "a chain was renamed");
        }
    }
}
