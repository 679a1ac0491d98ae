using System.Globalization;

namespace Kms.Core.Consensus;

/// <summary>A block height; the first block of a chain has height 1.</summary>
public readonly record struct Height(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A consensus round within a height, from 0.</summary>
public readonly record struct Round(int Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The three messages a validator signs in a round, in order, numbered as tmkms prints and stores them
/// (CometBFT's own state file counts 1, 2, 3).</summary>
public enum Step
{
    /// <summary>A proposal.</summary>
    Proposal = 0,

    /// <summary>A prevote.</summary>
    Prevote = 1,

    /// <summary>A precommit.</summary>
    Precommit = 2,
}

/// <summary>Height, round and step: the position of one signed message. Ordered lexicographically; a validator that signs
/// only strictly increasing positions cannot sign two different messages at one of them.</summary>
public readonly record struct Hrs(Height Height, Round Round, Step Step) : IComparable<Hrs>
{
    /// <summary>Shorthand for tests and codecs.</summary>
    public Hrs(long height, int round, Step step) : this(new Height(height), new Round(round), step) { }

    /// <summary>The last position of a height: a floor there refuses the whole height.</summary>
    public static Hrs EndOf(Height height) => new(height, new Round(int.MaxValue), Step.Precommit);

    /// <summary>Parses "height/round/step" with a step of 0, 1 or 2, or a height alone, or "height/end": both are <see cref="EndOf"/>.</summary>
    /// <param name="text">Decimal digits only; no signs, no spaces.</param>
    /// <param name="position">The position; default on failure.</param>
    public static bool TryParse(string text, out Hrs position)
    {
        position = default;
        var parts = text.Split('/');
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var height)) return false;
        if (parts is [_] or [_, "end"])
        {
            position = EndOf(new Height(height));
            return true;
        }

        if (parts.Length != 3 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var round)) return false;
        if (parts[2] is not ("0" or "1" or "2")) return false;
        position = new Hrs(height, round, (Step)(parts[2][0] - '0'));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Hrs other) =>
        Height != other.Height ? Height.Value.CompareTo(other.Height.Value)
        : Round != other.Round ? Round.Value.CompareTo(other.Round.Value)
        : Step.CompareTo(other.Step);

    /// <summary>Before.</summary>
    public static bool operator <(Hrs left, Hrs right) => left.CompareTo(right) < 0;

    /// <summary>After.</summary>
    public static bool operator >(Hrs left, Hrs right) => left.CompareTo(right) > 0;

    /// <summary>Before or at.</summary>
    public static bool operator <=(Hrs left, Hrs right) => left.CompareTo(right) <= 0;

    /// <summary>After or at.</summary>
    public static bool operator >=(Hrs left, Hrs right) => left.CompareTo(right) >= 0;

    /// <summary>"100/0/1" as tmkms prints it; the end of a height, which no message can reach, is "100/end".</summary>
    public override string ToString() =>
        this == EndOf(Height) ? $"{Height}/end" : string.Create(CultureInfo.InvariantCulture, $"{Height}/{Round}/{(int)Step}");
}
