using Kms.Core.Consensus;

namespace Kms.Persistence.StateFiles;

/// <summary>The state file of Rust tmkms (src/chain/state.rs; the JSON is that of consensus::State in cometbft-rs and tendermint-rs). It writes
/// no block as an empty one (serializers/optional.rs) and the part set header as <c>parts</c>; until tmkms 0.12 it was
/// <c>part_set_header</c>, and until 0.9 no block was null and the total a string. All of them read each other's form from 0.10 on.</summary>
internal static class TmkmsState
{
    private const string OldSteps =
        "tmkms counts proposal 0, prevote 1, precommit 2; other numbers are of tmkms 0.7 or older or of another program";

    public static RecordedState Read(JsonFields fields)
    {
        fields.Allow("height", "round", "step", "block_id");
        var height = fields.NumberText("height", long.MaxValue);
        var round = (int)fields.NumberText("round", int.MaxValue);
        var position = StatePosition.Of(height, round, (Step)fields.Step("step", 0, 2, OldSteps));
        return new RecordedState(position) { Block = ReadBlock(fields, position) };
    }

    public static string Render(RecordedState state)
    {
        var position = SafePosition(state);
        var id = position == state.Position ? state.Block?.Id : null;
        var block = $$$"""{"hash":"{{{Hex(id?.Hash)}}}","parts":{"total":{{{id?.PartsTotal ?? 0}}},"hash":"{{{Hex(id?.PartsHash)}}}"}}""";
        return $$"""{"height":"{{position.Height}}","round":"{{position.Round}}","step":{{(int)position.Step}},"block_id":{{block}}}""";
    }

    // At the recorded position tmkms signs again whatever has the recorded block, and it cannot say "unknown": with no block written for a
    // vote it would sign nil there, even if a block was signed. At a proposal it would not, as every proposal has a block. So a vote whose
    // block is unknown becomes the proposal of the next round; the end of a height stays, as no message reaches it.
    private static Hrs SafePosition(RecordedState state) => state switch
    {
        { IsFresh: true } => new Hrs(0, 0, Step.Proposal),
        { Block: null, Position: { Step: not Step.Proposal, Round.Value: < int.MaxValue } at } =>
            new Hrs(at.Height, new Round(at.Round.Value + 1), Step.Proposal),
        _ => state.Position,
    };

    // No block is nil for a vote. For a proposal it is a state made by hand or by `init`, and for the end of a height it is a floor.
    private static RecordedBlock? ReadBlock(JsonFields fields, Hrs position)
    {
        var id = fields.IsNull("block_id") ? null : ReadBlockId(fields.Object("block_id"));
        if (id is { IsZero: false }) return new RecordedBlock(id);
        return position.Step == Step.Proposal || position == Hrs.EndOf(position.Height) ? null : new RecordedBlock(null);
    }

    private static BlockId? ReadBlockId(JsonFields block)
    {
        block.Allow("hash", "parts", "part_set_header");
        if (block.Has("parts") && block.Has("part_set_header")) block.Fail("has a block_id with both parts and part_set_header, which are one");
        var parts = block.Object(block.Has("part_set_header") ? "part_set_header" : "parts");
        parts.Allow("total", "hash");
        var total = parts.IsText("total") ? parts.NumberText("total", uint.MaxValue) : parts.Number("total", uint.MaxValue);
        var (hash, partsHash) = (block.Hash("hash"), parts.Hash("hash"));
        return hash is null || partsHash is null ? null : new BlockId(hash, (uint)total, partsHash);
    }

    private static string Hex(BlockHash? hash) => hash is null ? "" : Convert.ToHexString(hash.Span);
}
