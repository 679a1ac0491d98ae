using System.Text;
using Kms.Host.Config;

namespace Kms.Fuzz.Targets;

/// <summary>A configuration is read or refused with reasons that have a place in it. Input: tmkms.toml.</summary>
internal static class ConfigTarget
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool Run(ReadOnlySpan<byte> input)
    {
        string text;
        try
        {
            text = Strict.GetString(input);
        }
        catch (DecoderFallbackException)
        {
            return false; // The loader refuses the file before it is parsed.
        }

        var lines = text.Count(c => c is '\n' or '\r') + 1;
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", "/home/tmkms");
        Property.Holds(result.IsValid == (result.Errors.Count == 0), "a configuration with errors, or none without");
        foreach (var error in result.Errors.Concat(result.Warnings))
        {
            Property.Holds(error.Message.Length > 0, "an error without a sentence");
            Property.Holds(error.Line >= 0 && error.Line <= lines && error.Column >= 0, $"an error at {error.Line}:{error.Column} of {lines} lines");
        }

        return result.IsValid;
    }
}
