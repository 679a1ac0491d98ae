using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Kms.Fuzz.Engine;

/// <summary>What instrumented code (see <see cref="Instrumentation"/>) reports while it runs: how often each branch was taken, in the form that
/// afl-fuzz introduced. Without instrumentation the map stays empty and nothing counts as new.</summary>
internal sealed unsafe class CoverageMap
{
    private const int Size = 1 << 16;

    // Counts are told apart only roughly, or every loop would look new for ever: 1, 2, 3, 4, 8, 16, 32, 128 and more.
    private static readonly byte[] Bucket = [.. Enumerable.Range(0, 256).Select(BucketOf)];

    private readonly byte* _hits = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    /// <summary>Makes instrumented code report here; it has one place to report to, and must have one.</summary>
    public CoverageMap() => Trace.SharedMem = _hits;

    /// <summary>Branches seen so far.</summary>
    public int Branches { get; private set; }

    /// <summary>Forgets the last run, not what was seen.</summary>
    public void Reset()
    {
        new Span<byte>(_hits, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Adds the last run to what was seen.</summary>
    /// <returns>Whether it took a branch, or took one about as often, as no run did before.</returns>
    public bool Merge()
    {
        var isNew = false;
        var words = new ReadOnlySpan<ulong>(_hits, Size / sizeof(ulong));
        for (var word = words.IndexOfAnyExcept(0ul); word >= 0;)
        {
            for (var at = word * sizeof(ulong); at < (word + 1) * sizeof(ulong); at++) isNew |= Add(at);
            var next = words[(word + 1)..].IndexOfAnyExcept(0ul);
            word = next < 0 ? -1 : word + 1 + next;
        }

        return isNew;
    }

    private bool Add(int at)
    {
        var bucket = Bucket[_hits[at]];
        if ((_seen[at] & bucket) == bucket) return false;
        if (_seen[at] == 0) Branches++;
        _seen[at] |= bucket;
        return true;
    }

    private static byte BucketOf(int count) => count switch
    {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        < 8 => 8,
        < 16 => 16,
        < 32 => 32,
        < 128 => 64,
        _ => 128,
    };
}
