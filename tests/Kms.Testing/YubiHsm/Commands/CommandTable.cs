namespace Kms.Testing.YubiHsm.Commands;

/// <summary>A command: the capability it asks of the session's key, and what it answers.</summary>
internal sealed record Command(Capabilities Needed, Func<Call, byte[]> Run);

/// <summary>The commands that may be sent in a session.</summary>
internal static class CommandTable
{
    public static IReadOnlyDictionary<CommandCode, Command> All { get; } = new Dictionary<CommandCode, Command>
    {
        [CommandCode.Echo] = new(Capabilities.None, call => call.Data),
        [CommandCode.GetDeviceInfo] = new(Capabilities.None, call => DeviceCommands.Info(call.Device, call.Data)),
        [CommandCode.ResetDevice] = new(Capabilities.ResetDevice, DeviceCommands.Reset),
        [CommandCode.CloseSession] = new(Capabilities.None, DeviceCommands.CloseSession),
        [CommandCode.GetStorageInfo] = new(Capabilities.None, DeviceCommands.StorageInfo),
        [CommandCode.BlinkDevice] = new(Capabilities.None, DeviceCommands.Blink),
        [CommandCode.GetPseudoRandom] = new(Capabilities.GetPseudoRandom, DeviceCommands.PseudoRandom),
        [CommandCode.GetOption] = new(Capabilities.GetOption, DeviceCommands.GetOption),
        [CommandCode.SetOption] = new(Capabilities.SetOption, DeviceCommands.SetOption),
        [CommandCode.GetLogEntries] = new(Capabilities.GetLogEntries, DeviceCommands.LogEntries),
        [CommandCode.SetLogIndex] = new(Capabilities.GetLogEntries, DeviceCommands.SetLogIndex),
        [CommandCode.ListObjects] = new(Capabilities.None, ObjectCommands.List),
        [CommandCode.GetObjectInfo] = new(Capabilities.None, ObjectCommands.Info),
        [CommandCode.DeleteObject] = new(Capabilities.None, ObjectCommands.Delete),
        [CommandCode.PutOpaque] = new(Capabilities.PutOpaque, ObjectCommands.PutOpaque),
        [CommandCode.GetOpaque] = new(Capabilities.GetOpaque, ObjectCommands.GetOpaque),
        [CommandCode.PutAuthenticationKey] = new(Capabilities.PutAuthenticationKey, ObjectCommands.PutAuthenticationKey),
        [CommandCode.ChangeAuthenticationKey] = new(Capabilities.ChangeAuthenticationKey, ObjectCommands.ChangeAuthenticationKey),
        [CommandCode.PutAsymmetricKey] = new(Capabilities.PutAsymmetricKey, AsymmetricKeyCommands.Put),
        [CommandCode.GenerateAsymmetricKey] = new(Capabilities.GenerateAsymmetricKey, AsymmetricKeyCommands.Generate),
        [CommandCode.GetPublicKey] = new(Capabilities.None, AsymmetricKeyCommands.PublicKey),
        [CommandCode.SignEddsa] = new(Capabilities.SignEddsa, AsymmetricKeyCommands.SignEddsa),
        [CommandCode.SignEcdsa] = new(Capabilities.SignEcdsa, AsymmetricKeyCommands.SignEcdsa),
        [CommandCode.PutWrapKey] = new(Capabilities.PutWrapKey, WrapCommands.Put),
        [CommandCode.GenerateWrapKey] = new(Capabilities.GenerateWrapKey, WrapCommands.Generate),
        [CommandCode.ExportWrapped] = new(Capabilities.ExportWrapped, WrapCommands.Export),
        [CommandCode.ImportWrapped] = new(Capabilities.ImportWrapped, WrapCommands.Import),
        [CommandCode.WrapData] = new(Capabilities.WrapData, WrapCommands.WrapData),
        [CommandCode.UnwrapData] = new(Capabilities.UnwrapData, WrapCommands.UnwrapData),
    };

    /// <summary>What a forced audit lets through when the log is full: whatever it takes to read and free it. That closing a session is
    /// among it is [device, unverified].</summary>
    public static bool FreesTheLog(CommandCode code) => code is CommandCode.GetLogEntries or CommandCode.SetLogIndex or CommandCode.CloseSession;
}
