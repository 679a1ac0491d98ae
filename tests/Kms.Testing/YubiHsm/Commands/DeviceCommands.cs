namespace Kms.Testing.YubiHsm.Commands;

/// <summary>Commands about the device itself: what it is, its options, its log.</summary>
internal static class DeviceCommands
{
    /// <summary>Also answered outside a session.</summary>
    public static byte[] Info(DeviceState device, byte[] data)
    {
        var firmware = device.Options.Firmware;
        if (data is [] or [0]) return
        [
            (byte)firmware.Major, (byte)firmware.Minor, (byte)firmware.Build, .. Fields.U32(device.Options.Serial),
            AuditLog.Capacity, (byte)device.Log.Count, .. DeviceState.Algorithms(firmware),
        ];

        // The text of a part number is [device, unverified].
        if (data is [1] && firmware >= new Version(2, 4)) return "78CLUFX5000PM"u8.ToArray();
        throw new CommandFailure(data.Length > 1 ? DeviceRefusal.WrongLength : DeviceRefusal.InvalidData);
    }

    public static byte[] Reset(Call call)
    {
        call.Read().End();
        call.Afterwards = Afterwards.Reset;
        return [];
    }

    public static byte[] CloseSession(Call call)
    {
        call.Read().End();
        call.Afterwards = Afterwards.CloseSession;
        return [];
    }

    public static byte[] StorageInfo(Call call)
    {
        call.Read().End();
        var store = call.Device.Store;
        return
        [
            .. Fields.U16(ObjectStore.Records), .. Fields.U16(store.FreeRecords), .. Fields.U16(ObjectStore.Pages), .. Fields.U16(store.FreePages),
            .. Fields.U16(ObjectStore.PageSize),
        ];
    }

    public static byte[] Blink(Call call) => call.Data.Length == 1 ? [] : throw new CommandFailure(DeviceRefusal.WrongLength);

    public static byte[] PseudoRandom(Call call)
    {
        var fields = call.Read();
        var count = fields.U16();
        fields.End();
        return call.Device.Options.Random(count);
    }

    public static byte[] GetOption(Call call)
    {
        var fields = call.Read();
        var option = fields.Byte();
        fields.End();
        return call.Device.Settings.Get(option);
    }

    public static byte[] SetOption(Call call)
    {
        var fields = call.Read();
        var option = fields.Byte();
        var value = fields.Bytes(fields.U16());
        fields.End();
        call.Device.Settings.Set(option, value, call.Device.Store.IsFresh);
        return [];
    }

    public static byte[] LogEntries(Call call)
    {
        call.Read().End();
        return call.Device.Log.Read();
    }

    public static byte[] SetLogIndex(Call call)
    {
        var fields = call.Read();
        var index = fields.U16();
        fields.End();
        call.Device.Log.FreeUpTo(index);
        return [];
    }
}
