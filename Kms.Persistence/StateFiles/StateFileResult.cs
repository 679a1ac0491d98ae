using System.Diagnostics.CodeAnalysis;

namespace Kms.Persistence.StateFiles;

/// <summary>The outcome of reading a state file: <see cref="States"/> or <see cref="Error"/>, never both.</summary>
/// <param name="Format">The format that was given or detected; null when it could not be told.</param>
/// <param name="States">What the file says: one state, or one for each chain of an interchange file. Null when it was refused.</param>
/// <param name="Error">A sentence that says what is wrong; null on success.</param>
/// <param name="IsMissing">Whether there is no such file, which is for the caller to judge.</param>
public sealed record StateFileResult(StateFormat? Format, IReadOnlyList<RecordedState>? States, string? Error, bool IsMissing = false)
{
    /// <summary>Whether the file was read.</summary>
    [MemberNotNullWhen(true, nameof(States), nameof(Format))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsRead => States is not null;
}

/// <summary>The text of a state file, or why the format cannot hold the states.</summary>
/// <param name="Text">The whole file; null when refused.</param>
/// <param name="Error">A sentence that says what is wrong; null on success.</param>
public sealed record RenderedState(string? Text, string? Error)
{
    /// <summary>Whether there is a text.</summary>
    [MemberNotNullWhen(true, nameof(Text))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsRendered => Text is not null;
}
