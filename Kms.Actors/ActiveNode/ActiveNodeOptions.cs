using Kms.Actors.Chain;
using Kms.Actors.Device;
using Kms.Actors.Validator;

namespace Kms.Actors.ActiveNode;

/// <summary>Everything the active node runs.</summary>
/// <param name="Chains">Chains to sign for; every validator's chain is among them.</param>
/// <param name="Validators">Nodes to serve, each with the dialer that holds its identity.</param>
/// <param name="CannotGoOn">Called when the program should end: the last connection ended and none may be dialled again, or a bug was met.</param>
public sealed record ActiveNodeOptions(
    IReadOnlyList<ChainOptions> Chains, IReadOnlyList<(ValidatorOptions Options, ValidatorDialer Dialer)> Validators, Action CannotGoOn)
{
    /// <summary>The devices that chains' keys are in; they stop after the last chain.</summary>
    public IReadOnlyList<DeviceOptions> Devices { get; init; } = [];
}
