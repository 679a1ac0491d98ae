namespace Kms.Testing.YubiHsm.Commands;

/// <summary>Wrap keys: AES-CCM with a nonce of 13 and a tag of 16 bytes, over objects and over data.</summary>
internal static class WrapCommands
{
    private const byte WithSeed = 1;

    public static byte[] Put(Call call) => Create(call, YubiHsmObject.Imported);

    public static byte[] Generate(Call call) => Create(call, YubiHsmObject.Generated);

    public static byte[] Export(Call call)
    {
        var fields = call.Read();
        var wrapKey = call.Find(DeviceObjectType.WrapKey, fields.U16(), DeviceCapabilities.ExportWrapped);
        var type = (DeviceObjectType)fields.Byte();
        var wrapped = call.FindSecond(type, fields.U16(), DeviceCapabilities.ExportableUnderWrap);
        var withSeed = !fields.IsEmpty && fields.Byte() == WithSeed;
        fields.End();
        if (!wrapKey.Delegated.HasFlag(wrapped.Capabilities)) throw new CommandFailure(DeviceRefusal.InsufficientPermissions);

        // That the format with a seed is the other one with the seed at its end is [device, unverified].
        var payload = wrapped.Algorithm == DeviceAlgorithm.Ed25519 && !withSeed
            ? wrapped.Payload[..AsymmetricKeyCommands.Ed25519WithoutSeed]
            : wrapped.Payload;
        return Seal(call, wrapKey, WrappedObject.Write(wrapKey.Algorithm, wrapped with { Payload = payload }));
    }

    public static byte[] Import(Call call)
    {
        var fields = call.Read();
        var wrapKey = call.FindSecond(DeviceObjectType.WrapKey, fields.U16(), DeviceCapabilities.ImportWrapped);
        var imported = WrappedObject.Read(wrapKey.Algorithm, Open(wrapKey, fields.Rest()));
        if (!wrapKey.Delegated.HasFlag(imported.Capabilities)) throw new CommandFailure(DeviceRefusal.InsufficientPermissions);
        if (call.Device.Store.Find(imported.Type, imported.Id) is not null) throw new CommandFailure(DeviceRefusal.ObjectExists);
        if (!WrappedObject.IsWhole(imported)) throw new CommandFailure(DeviceRefusal.WrongLength);
        var id = call.Store(imported with { Origin = (byte)(imported.Origin | YubiHsmObject.Wrapped) });
        return [(byte)imported.Type, .. Fields.U16(id)];
    }

    public static byte[] WrapData(Call call)
    {
        var fields = call.Read();
        var wrapKey = call.Find(DeviceObjectType.WrapKey, fields.U16(), DeviceCapabilities.WrapData);
        return Seal(call, wrapKey, fields.Rest());
    }

    public static byte[] UnwrapData(Call call)
    {
        var fields = call.Read();
        var wrapKey = call.Find(DeviceObjectType.WrapKey, fields.U16(), DeviceCapabilities.UnwrapData);
        return Open(wrapKey, fields.Rest());
    }

    private static byte[] Create(Call call, byte origin)
    {
        var fields = call.Read();
        var common = Common.Read(ref fields);
        var delegated = fields.Capabilities();
        if (common.Algorithm is not (DeviceAlgorithm.Aes128CcmWrap or DeviceAlgorithm.Aes192CcmWrap or DeviceAlgorithm.Aes256CcmWrap))
            throw new CommandFailure(DeviceRefusal.InvalidData);

        var size = common.Algorithm.SecretSize();
        var key = origin == YubiHsmObject.Imported ? fields.Bytes(size) : call.Device.Options.Random(size);
        fields.End();
        return call.Create(common.With(DeviceObjectType.WrapKey, origin, [.. delegated.Write(), .. key]));
    }

    private static byte[] Seal(Call call, YubiHsmObject wrapKey, byte[] plaintext) =>
        DeviceCrypto.CcmSeal(wrapKey.Keys, call.Device.Options.Random(DeviceCrypto.CcmNonceSize), plaintext);

    // Whether a device says "invalid data" of a wrong tag is [device, unverified].
    private static byte[] Open(YubiHsmObject wrapKey, byte[] wrapped) =>
        DeviceCrypto.CcmOpen(wrapKey.Keys, wrapped) ?? throw new CommandFailure(DeviceRefusal.InvalidData);
}
