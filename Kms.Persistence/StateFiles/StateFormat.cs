namespace Kms.Persistence.StateFiles;

/// <summary>The sign-state files in use.</summary>
public enum StateFormat
{
    /// <summary>Rust tmkms 0.8 and later: steps 0, 1, 2 and a block id.</summary>
    Tmkms,

    /// <summary>CometBFT's and Tendermint's priv_validator_state.json: steps 1, 2, 3, signature and sign bytes.</summary>
    CometBft,

    /// <summary>horcrux, both of its files and both of its modes: as CometBFT's, with the round as a string and a nonce.</summary>
    Horcrux,

    /// <summary>cosmos/kms: CometBFT's file, written by CometBFT's code.</summary>
    CosmosKms,

    /// <summary>Several chains at once: docs/state-interchange.md.</summary>
    Interchange,
}
