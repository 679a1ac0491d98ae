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
            if (SoftSignKeyFile.TryLoad(key.Path, key.Format, out var signer, out var error)) signer.Dispose();
            else findings.Add(Severity.Error, key.Line, "path", error);
            Folders(key.Path, key.Line, "path", findings);
        }

        foreach (var validator in config.Validators)
        {
            if (validator.SecretKeyPath is not { } path) continue;
            if (IdentityKeyFile.TryLoad(path, out var identity, out var error)) identity.Dispose();
            else findings.Add(Severity.Error, validator.Line, "secret_key", error.Contains("does not exist", StringComparison.Ordinal) ? $"{error}: `tmkms keygen {path}` makes one" : error);
            Folders(path, validator.Line, "secret_key", findings);
        }
    }

    // Whoever may write into a folder may put another file in a key's place, unless the folder is sticky as /tmp is.
    private static void Folders(string path, int line, string key, Findings findings)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (!Directory.Exists(folder) || File.GetUnixFileMode(folder) is var mode && ((mode & UnixFileMode.OtherWrite) == 0 || (mode & UnixFileMode.StickyBit) != 0)) continue;
            findings.Add(
                Severity.Warning, line, key,
                $"the folder {folder} of the key file can be written by every user, who could put another file in its place: run `chmod o-w {folder}`");
        }
    }
}
