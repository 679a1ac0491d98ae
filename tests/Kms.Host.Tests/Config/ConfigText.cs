namespace Kms.Host.Tests.Config;

/// <summary>A small valid configuration; tests change one thing in it.</summary>
internal static class ConfigText
{
    /// <summary>Line numbers in tests count in this text.</summary>
    public const string Good = """
        [[chain]]
        id = "test-1"
        key_format = { type = "hex" }

        [[providers.softsign]]
        chain_ids = ["test-1"]
        path = "/keys/test-1.key"

        [[validator]]
        chain_id = "test-1"
        addr = "tcp://127.0.0.1:26658"
        secret_key = "/keys/identity.key"

        """;

    /// <summary>The good text with the first occurrence of <paramref name="old"/> replaced.</summary>
    public static string With(string old, string @new)
    {
        var at = Good.IndexOf(old, StringComparison.Ordinal);
        Assert.True(at >= 0, old);
        return string.Concat(Good.AsSpan(0, at), @new, Good.AsSpan(at + old.Length));
    }
}
