using System.Globalization;

namespace Kms.Core.Consensus;

/// <summary>A protobuf timestamp within the years 1 to 9999 (google/protobuf/timestamp.proto), as consensus messages carry it.
/// Kept as seconds and nanoseconds because a <see cref="DateTime"/> has only 100 ns ticks and the nanoseconds are signed.</summary>
/// <param name="Seconds">Seconds since 1970-01-01T00:00:00Z, possibly negative.</param>
/// <param name="Nanos">0 to 999,999,999.</param>
public readonly record struct Timestamp(long Seconds, int Nanos)
{
    /// <summary>0001-01-01T00:00:00Z, Go's zero time: what an absent timestamp field means.</summary>
    public static readonly Timestamp GoZero = new(MinSeconds, 0);

    private const long MinSeconds = -62_135_596_800;
    private const long MaxSeconds = 253_402_300_799;

    /// <summary>Whether Go's protobuf accepts the value; anything else is a decoding error there and here.</summary>
    public bool IsValid => Seconds is >= MinSeconds and <= MaxSeconds && Nanos is >= 0 and < 1_000_000_000;

    /// <summary>RFC 3339 with nanoseconds.</summary>
    public override string ToString() => IsValid
        ? DateTimeOffset.FromUnixTimeSeconds(Seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture)
            + "." + Nanos.ToString("D9", CultureInfo.InvariantCulture) + "Z"
        : string.Create(CultureInfo.InvariantCulture, $"{Seconds}s+{Nanos}ns");
}
