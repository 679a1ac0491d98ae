using System.Collections.Concurrent;
using Kms.Actors.Chain;
using Kms.Core.DoubleSign;

namespace Kms.Actors.Tests.Chain;

/// <summary>A mirror that remembers what it was given and fails when a script says so. Safe for use from several threads.</summary>
internal sealed class ScriptedMirror : IWatermarkMirror
{
    private readonly ConcurrentQueue<Func<string?>> _scripts = new();
    private readonly ConcurrentQueue<Watermark> _given = new();

    /// <summary>Everything it was given, whether it was then written or not.</summary>
    public IReadOnlyList<Watermark> Given => [.. _given];

    /// <summary>What it holds.</summary>
    public Watermark? Held { get; private set; }

    /// <summary>What to do instead of writing, once; several scripts run in order.</summary>
    public void Next(Func<string?> script) => _scripts.Enqueue(script);

    public string? Write(Watermark watermark)
    {
        _given.Enqueue(watermark);
        if (_scripts.TryDequeue(out var script) && script() is { } error) return error;
        Held = watermark;
        return null;
    }
}
