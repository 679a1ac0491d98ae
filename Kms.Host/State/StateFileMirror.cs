using Kms.Actors.Chain;
using Kms.Core.DoubleSign;
using Kms.Persistence.StateFiles;

namespace Kms.Host.State;

/// <summary>Keeps a chain's state_file as Rust tmkms would have written it, so that going back to it is safe at any moment.</summary>
/// <param name="path">The file; its folder exists.</param>
internal sealed class StateFileMirror(string path) : IWatermarkMirror
{
    /// <inheritdoc/>
    public string? Write(Watermark watermark)
    {
        var rendered = StateFile.Render(StateFormat.Tmkms, [RecordedStates.Of(watermark, null)]);
        var error = rendered.IsRendered ? StateFile.Write(path, rendered.Text) : rendered.Error;
        return error is null ? null : $"{error}; mend it, or remove state_file if Rust tmkms is never to run again";
    }
}
