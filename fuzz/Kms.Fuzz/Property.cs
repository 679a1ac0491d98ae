namespace Kms.Fuzz;

/// <summary>The product did what it must not do.</summary>
public sealed class BrokenPropertyException(string message) : Exception(message);

/// <summary>What targets state.</summary>
internal static class Property
{
    /// <summary>Throws unless a property holds.</summary>
    /// <param name="holds">Whether it does.</param>
    /// <param name="otherwise">What is wrong if not.</param>
    public static void Holds(bool holds, string otherwise)
    {
        if (!holds) throw new BrokenPropertyException(otherwise);
    }

    /// <summary>A call has either a result or a reason why there is none.</summary>
    public static void OneOf(bool result, string? error, string call) =>
        Holds(result == (error is null) && error != "", $"{call} gave both a result and an error, or neither");
}
