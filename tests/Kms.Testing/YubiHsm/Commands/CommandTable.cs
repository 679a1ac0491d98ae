namespace Kms.Testing.YubiHsm.Commands;

/// <summary>A command: the capability it asks of the session's key, and what it answers.</summary>
internal sealed record Command(DeviceCapabilities Needed, Func<Call, byte[]> Run);

/// <summary>The commands that may be sent in a session.</summary>
internal static class CommandTable
{
    public static IReadOnlyDictionary<DeviceCode, Command> All { get; } = new Dictionary<DeviceCode, Command>
    {
        [DeviceCode.Echo] = new(DeviceCapabilities.None, call => call.Data),
        [DeviceCode.GetDeviceInfo] = new(DeviceCapabilities.None, call => DeviceCommands.Info(call.Device, call.Data)),
        [DeviceCode.ResetDevice] = new(DeviceCapabilities.ResetDevice, DeviceCommands.Reset),
        [DeviceCode.CloseSession] = new(DeviceCapabilities.None, DeviceCommands.CloseSession),
        [DeviceCode.GetStorageInfo] = new(DeviceCapabilities.None, DeviceCommands.StorageInfo),
        [DeviceCode.BlinkDevice] = new(DeviceCapabilities.None, DeviceCommands.Blink),
        [DeviceCode.GetPseudoRandom] = new(DeviceCapabilities.GetPseudoRandom, DeviceCommands.PseudoRandom),
        [DeviceCode.GetOption] = new(DeviceCapabilities.GetOption, DeviceCommands.GetOption),
        [DeviceCode.SetOption] = new(DeviceCapabilities.SetOption, DeviceCommands.SetOption),
        [DeviceCode.GetLogEntries] = new(DeviceCapabilities.GetLogEntries, DeviceCommands.LogEntries),
        [DeviceCode.SetLogIndex] = new(DeviceCapabilities.GetLogEntries, DeviceCommands.SetLogIndex),
        [DeviceCode.ListObjects] = new(DeviceCapabilities.None, ObjectCommands.List),
        [DeviceCode.GetObjectInfo] = new(DeviceCapabilities.None, ObjectCommands.Info),
        [DeviceCode.DeleteObject] = new(DeviceCapabilities.None, ObjectCommands.Delete),
        [DeviceCode.PutOpaque] = new(DeviceCapabilities.PutOpaque, ObjectCommands.PutOpaque),
        [DeviceCode.GetOpaque] = new(DeviceCapabilities.GetOpaque, ObjectCommands.GetOpaque),
        [DeviceCode.PutAuthenticationKey] = new(DeviceCapabilities.PutAuthenticationKey, ObjectCommands.PutAuthenticationKey),
        [DeviceCode.ChangeAuthenticationKey] = new(DeviceCapabilities.ChangeAuthenticationKey, ObjectCommands.ChangeAuthenticationKey),
        [DeviceCode.PutAsymmetricKey] = new(DeviceCapabilities.PutAsymmetricKey, AsymmetricKeyCommands.Put),
        [DeviceCode.GenerateAsymmetricKey] = new(DeviceCapabilities.GenerateAsymmetricKey, AsymmetricKeyCommands.Generate),
        [DeviceCode.GetPublicKey] = new(DeviceCapabilities.None, AsymmetricKeyCommands.PublicKey),
        [DeviceCode.SignEddsa] = new(DeviceCapabilities.SignEddsa, AsymmetricKeyCommands.SignEddsa),
        [DeviceCode.SignEcdsa] = new(DeviceCapabilities.SignEcdsa, AsymmetricKeyCommands.SignEcdsa),
        [DeviceCode.PutWrapKey] = new(DeviceCapabilities.PutWrapKey, WrapCommands.Put),
        [DeviceCode.GenerateWrapKey] = new(DeviceCapabilities.GenerateWrapKey, WrapCommands.Generate),
        [DeviceCode.ExportWrapped] = new(DeviceCapabilities.ExportWrapped, WrapCommands.Export),
        [DeviceCode.ImportWrapped] = new(DeviceCapabilities.ImportWrapped, WrapCommands.Import),
        [DeviceCode.WrapData] = new(DeviceCapabilities.WrapData, WrapCommands.WrapData),
        [DeviceCode.UnwrapData] = new(DeviceCapabilities.UnwrapData, WrapCommands.UnwrapData),
    };

    /// <summary>What a forced audit lets through when the log is full: whatever it takes to read and free it. That closing a session is
    /// among it is [device, unverified].</summary>
    public static bool FreesTheLog(DeviceCode code) => code is DeviceCode.GetLogEntries or DeviceCode.SetLogIndex or DeviceCode.CloseSession;
}
