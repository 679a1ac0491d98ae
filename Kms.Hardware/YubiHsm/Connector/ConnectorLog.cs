namespace Kms.Hardware.YubiHsm.Connector;

/// <summary>Where a connector server's sentences go. Both are called from several threads.</summary>
/// <param name="Info">What clients do.</param>
/// <param name="Warning">What should not be.</param>
public sealed record ConnectorLog(Action<string> Info, Action<string> Warning);
