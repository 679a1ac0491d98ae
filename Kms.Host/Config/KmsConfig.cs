using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Hardware.SoftSign;
using Kms.Protocol.KeyEncoding;

namespace Kms.Host.Config;

/// <summary>A whole tmkms.toml, validated: every chain has exactly one key, every validator a chain.</summary>
/// <param name="Chains">The [[chain]] sections, in order.</param>
/// <param name="Validators">The [[validator]] sections, in order.</param>
/// <param name="SoftSignKeys">The [[providers.softsign]] sections, in order.</param>
/// <param name="Warnings">What is accepted but has no effect; <c>start</c> logs each sentence.</param>
public sealed record KmsConfig(
    IReadOnlyList<ChainConfig> Chains,
    IReadOnlyList<ValidatorConfig> Validators,
    IReadOnlyList<SoftSignKeyConfig> SoftSignKeys,
    IReadOnlyList<string> Warnings);

/// <summary>One [[chain]].</summary>
/// <param name="Id">The chain.</param>
/// <param name="KeyFormat">How its public key is printed.</param>
/// <param name="SignExtensions">Whether vote extensions are signed.</param>
/// <param name="BlockRule">Whether blocks are compared across the steps of a round.</param>
/// <param name="StateFile">tmkms's state file; null when not named. Accepted, not read yet.</param>
/// <param name="StateHook">tmkms's state hook; null when not named. Accepted, not run yet.</param>
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record ChainConfig(
    ChainId Id, KeyFormat KeyFormat, SignExtensions SignExtensions, BlockRule BlockRule, string? StateFile, StateHookConfig? StateHook, int Line);

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
/// <param name="Command">Program and arguments.</param>
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
/// <param name="Line">Where the section begins, from 1.</param>
public sealed record SoftSignKeyConfig(IReadOnlyList<ChainId> Chains, string Path, SoftSignKeyFormat Format, int Line);
