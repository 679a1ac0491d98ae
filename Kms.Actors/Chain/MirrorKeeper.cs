using Kms.Core.DoubleSign;

namespace Kms.Actors.Chain;

/// <summary>Knows which watermark the mirror holds, so that each is written once and a failed write is tried again.</summary>
internal sealed class MirrorKeeper(IWatermarkMirror? mirror)
{
    private Watermark? _held;

    /// <summary>Returns when the mirror holds <paramref name="watermark"/>, if there is a mirror. There is no deadline: a write that is given up
    /// could still land, on top of a newer one.</summary>
    /// <returns>Null, or why it does not hold it.</returns>
    public async Task<string?> HoldAsync(Watermark watermark)
    {
        if (mirror is null || _held == watermark) return null;
        _held = null;
        var error = await Task.Run(() => Write(mirror, watermark)).ConfigureAwait(false); // A stuck disk must not hold an actor's thread.
        if (error is null) _held = watermark;
        return error;
    }

    private static string? Write(IWatermarkMirror mirror, Watermark watermark)
    {
        try
        {
            return mirror.Write(watermark);
        }
#pragma warning disable CA1031 // The reply boundary: whatever a mirror throws, the node gets an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }
}
