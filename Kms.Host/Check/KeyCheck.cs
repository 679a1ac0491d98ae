using Kms.Hardware.SoftSign;
using Kms.Host.Composition;
using Kms.Host.Config;

namespace Kms.Host.Check;

/// <summary>Opens every key as <c>start</c> does, and looks at the folders they lie in.</summary>
internal static class KeyCheck
{
    public static void Run(KmsConfig config, Findings findings)
    {
        foreach (var key in config.SoftSignKeys)
        {
            if (SoftSignKeyFile.TryLoad(key.Path, key.Format, key.Algorithm, out var signer, out var error)) signer.Dispose();
            else Report(key.Path, key.Line, "path", error, "`tmkms softsign keygen` makes one, `tmkms softsign import` takes one over", findings);
            Folders(key.Path, key.Line, "path", findings);
        }

        foreach (var validator in config.Validators)
        {
            if (validator.SecretKeyPath is not { } path) continue;
            if (IdentityKeyFile.TryLoad(path, out var identity, out var error)) identity.Dispose();
            else Report(path, validator.Line, "secret_key", error, $"`tmkms keygen {path}` makes one", findings);
            Folders(path, validator.Line, "secret_key", findings);
        }
    }

    private static void Report(string path, int line, string key, string error, string remedyIfMissing, Findings findings) =>
        findings.Add(Severity.Error, line, key, Path.Exists(path) ? error : $"{error}: {remedyIfMissing}");

    // Whoever may write into a folder may put another file in a key's place, unless the folder is sticky as /tmp is.
    private static void Folders(string path, int line, string key, Findings findings)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!Directory.Exists(folder) || (File.GetUnixFileMode(folder) & (UnixFileMode.OtherWrite | UnixFileMode.StickyBit)) != UnixFileMode.OtherWrite) continue;
            findings.Add(
                Severity.Warning, line, key,
                $"the folder {folder} of the key file can be written by every user, who could put another file in its place: run `chmod o-w {folder}`");
        }
    }
}
