namespace Kms.Simulation.Tests.Checking;

/// <summary>Judges a validator from outside: what was asked, what is durable, which signatures left. Knows what the chain punishes, and nothing of
/// how the signer works.
/// <list type="number">
/// <item>At one height, round and step only one message is ever signed; of a proposal, which is no evidence, copies with other timestamps are.</item>
/// <item>What is signed was asked for, and is durable before the signature leaves.</item>
/// <item>There is no way back: a message that was first asked for after a later one had been signed is not signed any more, nor one at or below a
/// floor that was durable before it was asked for.</item>
/// </list></summary>
internal sealed class Checker
{
    private readonly Dictionary<Message, Stand> _asked = [];
    private readonly HashSet<Message> _durable = [];
    private readonly Dictionary<Position, Message> _released = [];
    private Position? _highest;
    private Position? _floor;

    /// <summary>The first rule that was broken, or null.</summary>
    public string? Violation { get; private set; }

    /// <summary>How many signatures left.</summary>
    public int Releases { get; private set; }

    /// <summary>How many positions have a signature.</summary>
    public int Positions => _released.Count;

    /// <summary>A sentry asks for a message.</summary>
    public void Asked(Message message) => _asked.TryAdd(message, new Stand(_highest, _floor));

    /// <summary>The store holds a message from now on.</summary>
    public void Stored(Message message) => _durable.Add(message);

    /// <summary>The store holds a floor from now on.</summary>
    public void Raised(Position floor)
    {
        if (_floor is null || floor.CompareTo(_floor.Value) > 0) _floor = floor;
    }

    /// <summary>A signature over a message leaves.</summary>
    public void Released(Message message)
    {
        Releases++;
        if (_released.TryGetValue(message.At, out var first) && !Agree(first, message))
            Violate($"double sign: {message} after {first}");
        else if (!_asked.TryGetValue(message, out var stand))
            Violate($"signed what nobody asked for: {message}");
        else if (!_durable.Contains(message))
            Violate($"signed before it was durable: {message}");
        else if (stand.Highest is { } highest && message.At.CompareTo(highest) < 0)
            Violate($"regression: {message} was first asked for when {highest} was signed");
        else if (stand.Floor is { } floor && message.At.CompareTo(floor) <= 0)
            Violate($"below the floor: {message} was first asked for when {floor} was used up");

        _released.TryAdd(message.At, message);
        if (_highest is null || message.At.CompareTo(_highest.Value) > 0) _highest = message.At;
    }

    /// <summary>Something else is wrong.</summary>
    public void Violate(string violation) => Violation ??= violation;

    // Votes with different timestamps are different signatures at one position: other validators log them, and some chains count them.
    private static bool Agree(Message first, Message second) => first == second || first.At.Step == 0 && first.IsSameButForTime(second);

    private sealed record Stand(Position? Highest, Position? Floor);
}
