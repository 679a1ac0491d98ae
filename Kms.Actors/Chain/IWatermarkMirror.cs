using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>A copy of the watermark that another program reads: tmkms's state_file. The journal alone decides what is signed.</summary>
public interface IWatermarkMirror
{
    /// <summary>Replaces the copy and returns when it is durable. Blocks; is called from one thread at a time, with watermarks that never go
    /// backwards, and again with the same one after a failure.</summary>
    /// <returns>Null, or why it failed.</returns>
    string? Write(Watermark watermark);
}
