using System.CommandLine;
using Kms.Core.Signing;

namespace Kms.Host.Cli;

/// <summary><c>--algorithm</c>: what a key in a file is a key of.</summary>
internal static class AlgorithmOption
{
    /// <summary>The option; null when it is not given.</summary>
    /// <param name="description">What it is for, with the default.</param>
    public static Option<string?> Create(string description)
    {
        var option = new Option<string?>("--algorithm") { Description = description };
        option.AcceptOnlyFromAmong("ed25519", "secp256k1");
        return option;
    }

    /// <summary>What was given.</summary>
    public static KeyAlgorithm? Of(string? text) => text switch
    {
        "ed25519" => KeyAlgorithm.Ed25519,
        "secp256k1" => KeyAlgorithm.Secp256k1,
        _ => null,
    };

    /// <summary>Says what tmkms.toml must say about a new file: base64 does not tell what it is a key of.</summary>
    public static void Remind(KeyAlgorithm algorithm, string setting = "algorithm = \"secp256k1\"")
    {
        if (algorithm == KeyAlgorithm.Secp256k1) CommandLine.Report("Next", $"write {setting} beside its path in tmkms.toml: the file does not tell");
    }

    /// <summary>As tmkms prints it: Ed25519, secp256k1.</summary>
    public static string Print(KeyAlgorithm algorithm) => algorithm == KeyAlgorithm.Ed25519 ? "Ed25519" : "secp256k1";
}
