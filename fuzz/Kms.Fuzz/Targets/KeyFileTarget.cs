using System.Text;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;

namespace Kms.Fuzz.Targets;

/// <summary>A key file is read as the key it says, or refused with a sentence that holds nothing of it. Input: the content of the file.</summary>
internal static class KeyFileTarget
{
    // Longer than any word of a sentence that a file can hold too; a secret has 43 characters and more.
    private const int Telling = 30;

    public static bool Run(ReadOnlySpan<byte> input)
    {
        var accepted = false;
        foreach (var wanted in (ReadOnlySpan<KeyAlgorithm?>)[null, KeyAlgorithm.Ed25519, KeyAlgorithm.Secp256k1])
        {
            var read = PrivValidatorKeyJson.TryDecode(input, wanted, out var secret, out var error);
            accepted |= Outcome(read, secret, wanted, error, input);
            if (wanted is null) continue;
            read = Base64Key.TryDecode(input, wanted.Value, out secret, out error);
            accepted |= Outcome(read, secret, wanted, error, input);
        }

        return accepted;
    }

    private static bool Outcome(bool read, KeySecret? secret, KeyAlgorithm? wanted, string? error, ReadOnlySpan<byte> input)
    {
        using var owned = secret;
        Property.OneOf(read, error, "a key file");
        Property.Holds(read == secret is not null, "a key that was read and is not there");
        if (error is not null) Property.Holds(!Tells(error, input), $"an error quotes the file: {error}");
        if (secret is null) return false;
        Property.Holds(wanted is null || secret.Algorithm == wanted, "a key of another algorithm than was wanted");
        using var signer = secret.Open();
        Property.Holds(signer.PublicKey.Algorithm == secret.Algorithm, "a key opens as one of another algorithm");
        return true;
    }

    private static bool Tells(string error, ReadOnlySpan<byte> input)
    {
        var text = Encoding.UTF8.GetBytes(error).AsSpan();
        for (var i = 0; i + Telling <= text.Length; i++)
        {
            var window = text.Slice(i, Telling);
            if (!window.Contains((byte)' ') && input.IndexOf(window) >= 0) return true;
        }

        return false;
    }
}
