namespace Kms.Host.Config;

/// <summary>Reads one [[providers.fortanixdsm]].</summary>
internal static class FortanixSection
{
    public const string Header = "[[providers.fortanixdsm]]";

    private const string KeysExample = """signing_keys = [{ chain_ids = ["cosmoshub-4"], key_name = "validator", type = "consensus" }]""";

    /// <summary>Adds the account to <paramref name="found"/> when the section is complete.</summary>
    public static void Read(TomlTableReader section, Reading reading, Providers found)
    {
        var endpoint = ReadEndpoint(section, reading);
        var apiKey = section.RequiredString("api_key", """api_key = "…", from the application's page in Fortanix DSM""");
        var keys = section.Tables("signing_keys", KeysExample).Select(key => ReadKey(key, reading, found)).ToList();
        section.Finish();
        found.Missing.Add((section.At, "fortanixdsm"));

        if (apiKey is { Value: "" }) reading.Errors.Add(apiKey.At, "api_key is empty");
        else if (apiKey is not null)
        {
            reading.InlineSecrets.Add(apiKey);
            reading.Warnings.Add(apiKey.At, "api_key is a secret that stands in this file: nobody but the user who runs tmkms should be able to read the file");
        }

        if (endpoint is not null && apiKey is not null && keys.All(key => key is not null))
            found.FortanixDsms.Add(new FortanixDsmConfig(endpoint, new InlineSecret(apiKey.Value), [.. keys.OfType<FortanixDsmKeyConfig>()], section.At.Line));
    }

    private static Uri? ReadEndpoint(TomlTableReader section, Reading reading)
    {
        if (section.RequiredString("api_endpoint", """api_endpoint = "https://sdkms.fortanix.com" """.Trim()) is not { } text) return null;
        if (text.Value.StartsWith("https://", StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(text.Value, UriKind.Absolute, out var uri)
            && uri is { PathAndQuery: "/", Fragment: "", UserInfo: "", Host.Length: > 0 })
            return uri;
        reading.Errors.Add(text.At, "api_endpoint must be an https:// address without user, path and query, such as \"https://sdkms.fortanix.com\"");
        return null;
    }

    private static FortanixDsmKeyConfig? ReadKey(TomlTableReader key, Reading reading, Providers found)
    {
        var purpose = ProvidersSection.Purpose(key, "type");
        var chains = found.ReadChains(key, purpose);
        var id = key.String("key_id");
        var name = key.String("key_name");
        key.Finish();

        if (key.Has("key_id") == key.Has("key_name"))
            reading.Errors.Add(key.At, "a signing key is named by either key_id (a UUID) or key_name");
        if (name is { Value: "" }) reading.Errors.Add(name.At, "key_name is empty");
        Guid? uuid = Guid.TryParseExact(id?.Value, "D", out var parsed) ? parsed : null;
        if (id is not null && uuid is null) reading.Errors.Add(id.At, "key_id must be a UUID, such as \"72e9ed9e-9eb4-46bd-a135-e78ed9bfd611\"");
        return chains is null ? null : new FortanixDsmKeyConfig(chains, uuid, name?.Value, purpose);
    }
}
