using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Persistence.StateFiles;

/// <summary>What a sign-state file, or one entry of an interchange file, says about one chain. What the file does not say is null.</summary>
/// <param name="Position">The highest position that is used up. Height 0 is always <c>Hrs.EndOf(0)</c>: see <see cref="IsFresh"/>.</param>
public sealed record RecordedState(Hrs Position)
{
    /// <summary>The chain; only interchange files name it.</summary>
    public ChainId? Chain { get; init; }

    /// <summary>The consensus key; only interchange files name it.</summary>
    public PublicKey? PublicKey { get; init; }

    /// <summary>What the message at <see cref="Position"/> was for; null when the file does not tell. CometBFT's and horcrux's files tell it
    /// only within <see cref="SignBytes"/>.</summary>
    public RecordedBlock? Block { get; init; }

    /// <summary>What was signed at <see cref="Position"/>, as the file has it: whether the bytes belong to the chain and the position is for the
    /// caller to check.</summary>
    public SignBytes? SignBytes { get; init; }

    /// <summary>The whole signature over <see cref="SignBytes"/>, unverified. Never one from horcrux, whose files hold shares.</summary>
    public Signature? Signature { get; init; }

    /// <summary>Whether nothing was signed yet. The first block has height 1, so every program writes height 0 for that.</summary>
    public bool IsFresh => Position.Height.Value == 0;
}
