using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Config;

/// <summary>A whole tmkms.toml, validated: every chain has exactly one key, every validator a chain.</summary>
/// <param name="Chains">The [[chain]] sections, in order; without any, one for each chain of the validators.</param>
/// <param name="Validators">The [[validator]] sections, in order.</param>
/// <param name="SoftSignKeys">The [[providers.softsign]] sections whose keys sign, in order; an account key signs for the chains without a consensus
/// key only.</param>
/// <param name="Warnings">What is accepted, but perhaps not meant; <c>start</c> logs each sentence.</param>
public sealed record KmsConfig(
    IReadOnlyList<ChainConfig> Chains,
    IReadOnlyList<ValidatorConfig> Validators,
    IReadOnlyList<SoftSignKeyConfig> SoftSignKeys,
    IReadOnlyList<ConfigError> Warnings)
{
    /// <summary>The [[providers.yubihsm]] sections, in order: where a chain is named by two, the first is asked first.</summary>
    public IReadOnlyList<YubiHsmConfig> YubiHsms { get; init; } = [];

    /// <summary>[[providers.ledgertm]] or [[providers.ledger]]; null when there is none.</summary>
    public LedgerConfig? Ledger { get; init; }

    /// <summary>The [[providers.fortanixdsm]] sections, in order.</summary>
    public IReadOnlyList<FortanixDsmConfig> FortanixDsms { get; init; } = [];

    /// <summary>The sections that are valid, but whose provider this build does not have: <c>start</c> prints them and ends.</summary>
    public IReadOnlyList<ConfigError> MissingProviders { get; init; } = [];

    /// <summary>Where things stand in the file, for remarks on what they name.</summary>
    internal Reading? Source { get; init; }
}

/// <summary>One [[chain]].</summary>
/// <param name="Id">The chain.</param>
/// <param name="KeyFormat">How its public key is printed.</param>
/// <param name="SignExtensions">Whether vote extensions are signed.</param>
/// <param name="BlockRule">Whether blocks are compared across the steps of a round.</param>
/// <param name="StateFile">tmkms's state file; null when not named, see <see cref="DefaultStateFile"/>.</param>
/// <param name="StateHook">tmkms's state hook; null when not named.</param>
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record ChainConfig(
    ChainId Id, KeyFormat KeyFormat, SignExtensions SignExtensions, BlockRule BlockRule, string? StateFile, StateHookConfig? StateHook, int Line)
{
    /// <summary>The default of <see cref="MaxHeightJump"/> in heights.</summary>
    public const long DefaultMaxHeightJump = 100_000;

    /// <summary>Where tmkms keeps the state when state_file is not named: a file in the working directory. A chain id may have a slash, a file
    /// name may not.</summary>
    public string DefaultStateFile => $"{Id.ToString().Replace('/', '_')}_priv_validator_state.json";

    /// <summary>Whether a chain without recorded state takes the first requested height for its floor (fresh_state = "adopt").</summary>
    public bool AdoptFreshState { get; init; }

    /// <summary>sign_raw_bytes; null when no raw bytes are signed.</summary>
    public RawBytesConfig? SignRawBytes { get; init; }

    /// <summary>How many heights above the last one a request may be; 0 when any is allowed.</summary>
    public long MaxHeightJump { get; init; } = DefaultMaxHeightJump;
}

/// <summary>Whether vote extensions are signed (tmkms.toml, chain.sign_extensions).</summary>
public enum SignExtensions
{
    /// <summary>As CometBFT's own signer: with every precommit for a block of a node that asks for it.</summary>
    Auto,

    /// <summary>With every precommit for a block.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>A command that tells the current height of a chain (tmkms.toml, chain.state_hook).</summary>
/// <param name="Command">Program and arguments; at least the program.</param>
/// <param name="Timeout">How long it may take.</param>
/// <param name="FailClosed">Whether its failure keeps the signer from starting.</param>
public sealed record StateHookConfig(IReadOnlyList<string> Command, TimeSpan Timeout, bool FailClosed);

/// <summary>One [[validator]].</summary>
/// <param name="Options">What the connection needs.</param>
/// <param name="SecretKeyPath">File of the identity key; present whenever the address is TCP.</param>
/// <param name="ProtocolVersion">What the file says; the dialect itself is told from the messages. Null when not named.</param>
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record ValidatorConfig(ValidatorOptions Options, string? SecretKeyPath, string? ProtocolVersion, int Line);

/// <summary>One [[providers.softsign]].</summary>
/// <param name="Chains">The chains that this key signs for; at least one.</param>
/// <param name="Path">The key file.</param>
/// <param name="Format">Its encoding.</param>
/// <param name="Purpose">What the file calls it; an account key is secp256k1.</param>
/// <param name="Algorithm">What it is a key of.</param>
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record SoftSignKeyConfig(
    IReadOnlyList<ChainId> Chains, string Path, SoftSignKeyFormat Format, KeyPurpose Purpose, KeyAlgorithm Algorithm, int Line);
