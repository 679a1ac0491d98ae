namespace Kms.Host.Demo;

/// <summary>What the demo does.</summary>
/// <param name="Messages">Signatures to measure.</param>
/// <param name="Kills">SIGKILLs.</param>
/// <param name="Seed">Repeats a run.</param>
/// <param name="Keep">Whether the home stays.</param>
internal sealed record DemoOptions(int Messages, int Kills, int Seed, bool Keep);
