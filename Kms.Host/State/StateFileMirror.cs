using System.Text;
using Kms.Actors.Chain;
using Kms.Core.DoubleSign;
using Kms.Persistence.StateFiles;

namespace Kms.Host.State;

/// <summary>Keeps a chain's state_file as Rust tmkms would have written it, so that going back to it is safe at any moment. Replaces only what
/// it knows: another program that writes the file signs with the same key, and a file that became unreadable may say more than the journal.</summary>
/// <param name="path">The file; its folder exists.</param>
/// <param name="found">What it said when it was read for the chain's start; null when there was none.</param>
internal sealed class StateFileMirror(string path, RecordedState? found) : IWatermarkMirror
{
    // A write that failed may have replaced the file all the same.
    private (RecordedState? Before, RecordedState? Tried) _mine = (found, found);

    /// <inheritdoc/>
    public string? Write(Watermark watermark)
    {
        if (WhyNotReplace() is { } foreign) return foreign;
        var rendered = StateFile.Render(StateFormat.Tmkms, [RecordedStates.Of(watermark, null)]);
        if (!rendered.IsRendered) return rendered.Error;
        var next = StateFile.Parse(Encoding.UTF8.GetBytes(rendered.Text), StateFormat.Tmkms).States?[0];
        _mine.Tried = next;
        if (StateFile.Write(path, rendered.Text) is { } error) return $"{error}; mend it, or remove state_file if Rust tmkms is never to run again";
        _mine.Before = next;
        return null;
    }

    // A file that is gone says nothing, and no signer removes it.
    private string? WhyNotReplace()
    {
        var now = StateFile.Read(path, StateFormat.Tmkms);
        if (now.IsMissing) return null;
        if (!now.IsRead) return $"{now.Error}; it was not replaced: restore it, or move it away if the journal knows better";
        if (now.States[0] is var state && (state == _mine.Before || state == _mine.Tried))
        {
            _mine.Before = state;
            return null;
        }

        return $"{path} is at {state.Position}, which this program did not write: another signer uses this key. Stop one of them; this one takes the "
            + "higher of file and journal when it is started again";
    }
}
