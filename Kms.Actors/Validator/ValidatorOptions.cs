using Kms.Core.Consensus;

namespace Kms.Actors.Validator;

/// <summary>One node to serve: a [[validator]] of the configuration.</summary>
/// <param name="Chain">The chain it asks for.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Timeout">Longest wait for a connection, a handshake, or the rest of a started message.</param>
/// <param name="Reconnect">Whether to dial again after a connection ended.</param>
/// <param name="MaxHeight">The last height to sign: a planned halt. Null when there is none.</param>
public sealed record ValidatorOptions(ChainId Chain, ValidatorAddress Address, TimeSpan Timeout, bool Reconnect, Height? MaxHeight)
{
    /// <summary>"chain@address", as tmkms names a connection in its log.</summary>
    public override string ToString() => $"{Chain}@{Address}";
}
