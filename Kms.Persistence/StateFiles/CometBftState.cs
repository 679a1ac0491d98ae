using System.Globalization;
using Kms.Core.Consensus;
using Kms.Core.Signing;

namespace Kms.Persistence.StateFiles;

/// <summary>CometBFT's priv_validator_state.json (privval/file.go, FilePVLastSignState; the same from 0.34 to 2.0). cosmos/kms writes it, too.</summary>
internal static class CometBftState
{
    /// <summary>Said of a step outside 0 to 3, in every format that counts like this one.</summary>
    public const string Steps = "0 is nothing yet, 1 a proposal, 2 a prevote, 3 a precommit";

    public static RecordedState Read(JsonFields fields)
    {
        fields.Allow("height", "round", "step", "signature", "signbytes");
        if (fields.IsText("round"))
            fields.Fail("has a round that is a string: name its format as horcrux, which writes it so, as did Tendermint until 0.33");
        var position = ReadPosition(fields, (int)fields.Number("round", int.MaxValue));
        return new RecordedState(position)
        {
            SignBytes = fields.HasContent("signbytes") ? new SignBytes(fields.Hex("signbytes")) : null,
            Signature = fields.HasContent("signature") ? ReadSignature(fields) : null,
        };
    }

    /// <summary>Height and step, with the round that was read before.</summary>
    public static Hrs ReadPosition(JsonFields fields, int round)
    {
        var height = fields.NumberText("height", long.MaxValue);
        var step = fields.Step("step", 0, 3, Steps);
        if (step > 0) return StatePosition.Of(height, round, (Step)(step - 1));
        if (fields.HasContent("signature") || fields.HasContent("signbytes")) fields.Fail("has step 0, nothing signed yet, and yet a signature");
        return StatePosition.Before(height, round);
    }

    // FilePV panics at sign bytes without a signature and refuses the position when there are none (CheckHRS). A signature alone says nothing.
    public static string Render(RecordedState state)
    {
        var signed = state is { SignBytes: { } bytes, Signature: { } signature, IsFresh: false }
            ? $",\n  \"signature\": \"{Convert.ToBase64String(signature.Span)}\",\n  \"signbytes\": \"{Convert.ToHexString(bytes.Span)}\""
            : "";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "height": "{{state.Position.Height}}",
              "round": {{(state.IsFresh ? 0 : state.Position.Round.Value)}},
              "step": {{StepOf(state)}}{{signed}}
            }
            """);
    }

    /// <summary>The step as CometBFT counts.</summary>
    public static int StepOf(RecordedState state) => state.IsFresh ? 0 : (int)state.Position.Step + 1;

    private static Signature? ReadSignature(JsonFields fields)
    {
        var bytes = fields.Base64Bytes("signature");
        if (bytes.Length == Signature.Size) return new Signature(bytes);
        fields.Fail($"has a signature of {bytes.Length} bytes; a signature has {Signature.Size}");
        return null;
    }
}
