namespace Kms.Core.Consensus;

/// <summary>What a recorded message was for, where that is known.</summary>
/// <param name="Id">A block, or null for nil.</param>
public sealed record RecordedBlock(BlockId? Id);
