using System.Collections;
using System.Text.Json;
using Kms.Host.Config;

namespace Kms.Host.Composition;

/// <summary>Compares what two configurations say, wherever in the file it stands. It looks at every member, so that a key which is new in
/// tmkms.toml is never taken for unchanged.</summary>
internal static class Differences
{
    /// <summary>The keys, as tmkms.toml spells them, that say different things.</summary>
    public static IReadOnlyList<string> Between<T>(T before, T after) where T : class =>
        [.. Members(before.GetType()).Where(m => !AreSame(m.GetValue(before), m.GetValue(after))).Select(m => TomlName(m.Name))];

    /// <summary>Whether two values say the same.</summary>
    public static bool AreSame(object? before, object? after)
    {
        if (Equals(before, after)) return true;
        if (before is null || after is null || before is string) return false;
        if (before is IEnumerable many && after is IEnumerable others)
        {
            var (a, b) = (many.Cast<object?>().ToList(), others.Cast<object?>().ToList());
            return a.Count == b.Count && a.Zip(b, AreSame).All(same => same);
        }

        var type = before.GetType();
        return type == after.GetType() && type != typeof(InlineSecret) && type.IsClass && type.Namespace == typeof(KmsConfig).Namespace
            && Members(type).All(m => AreSame(m.GetValue(before), m.GetValue(after)));
    }

    // "SecretKeyPath" holds what "secret_key" says.
    private static string TomlName(string member) => member == nameof(KmsConfig.YubiHsms) ? YubiHsmSection.Header :
        member == nameof(KmsConfig.Ledger) ? LedgerSection.Header :
        JsonNamingPolicy.SnakeCaseLower.ConvertName(member.EndsWith("KeyPath", StringComparison.Ordinal) ? member[..^"Path".Length] : member);

    private static IEnumerable<System.Reflection.PropertyInfo> Members(Type type) => type.GetProperties().Where(p => p.Name != nameof(ChainConfig.Line));
}
