using System.Globalization;
using Kms.Core.Consensus;

namespace Kms.Persistence.StateFiles;

/// <summary>horcrux's state files. Threshold mode (signer/sign_state.go) writes the round as a string and a nonce beside it: both
/// <c>*_priv_validator_state.json</c> and <c>*_share_sign_state.json</c>. Single-signer mode (signer/file.go) writes the round as a number and
/// the sign bytes in base64. What signature is in them, a whole one or a share, cannot be told: it is never used and never written.</summary>
internal static class HorcruxState
{
    public static RecordedState Read(JsonFields fields)
    {
        fields.Allow("height", "round", "step", "nonce_public", "ephemeral_public", "signature", "signbytes", "vote_ext_signature");
        foreach (var unused in (ReadOnlySpan<string>)["nonce_public", "ephemeral_public", "signature", "vote_ext_signature"])
        {
            if (fields.HasContent(unused)) fields.Base64Bytes(unused);
        }

        var isThreshold = fields.IsText("round");
        var round = (int)(isThreshold ? fields.NumberText("round", int.MaxValue) : fields.Number("round", int.MaxValue));
        var position = CometBftState.ReadPosition(fields, round);
        return new RecordedState(position) { SignBytes = fields.HasContent("signbytes") ? ReadSignBytes(fields, isThreshold) : null };
    }

    // As horcrux itself writes a new file. Without sign bytes it refuses the position, as CometBFT does.
    public static string Render(RecordedState state) => string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "height": "{{state.Position.Height}}",
          "round": "{{(state.IsFresh ? 0 : state.Position.Round.Value)}}",
          "step": {{CometBftState.StepOf(state)}},
          "nonce_public": null
        }
        """);

    private static SignBytes ReadSignBytes(JsonFields fields, bool isThreshold)
    {
        if (isThreshold) return new SignBytes(fields.Hex("signbytes"));
        if (fields.TryHex("signbytes") is not null) fields.Fail("has a round that is a number and signbytes in hexadecimal: it is CometBFT's");
        return new SignBytes(fields.Base64Bytes("signbytes"));
    }
}
