namespace Kms.Testing.YubiHsm.Commands;

/// <summary>Commands about objects of every kind, and those for opaque data and authentication keys.</summary>
internal static class ObjectCommands
{
    private const byte ById = 1, ByType = 2, ByDomains = 3, ByCapabilities = 4, ByAlgorithm = 5, ByLabel = 6;

    public static byte[] List(Call call)
    {
        var seen = call.Device.Store.All.Where(call.Sees);
        var fields = call.Read();
        var used = new HashSet<byte>();
        while (!fields.IsEmpty)
        {
            var filter = fields.Byte();
            if (!used.Add(filter)) throw new CommandFailure(DeviceRefusal.InvalidData);
            seen = seen.Where(Matches(filter, ref fields)).ToList();
        }

        return [.. seen.SelectMany(found => new byte[] { (byte)(found.Id >> 8), (byte)(found.Id & 0xFF), (byte)found.Type, found.Sequence })];
    }

    public static byte[] Info(Call call)
    {
        var (type, id) = Name(call);
        return call.Find(type, id).Info;
    }

    public static byte[] Delete(Call call)
    {
        var (type, id) = Name(call);
        call.Demand(type switch
        {
            DeviceObjectType.Opaque => DeviceCapabilities.DeleteOpaque,
            DeviceObjectType.AuthenticationKey => DeviceCapabilities.DeleteAuthenticationKey,
            DeviceObjectType.AsymmetricKey => DeviceCapabilities.DeleteAsymmetricKey,
            DeviceObjectType.WrapKey => DeviceCapabilities.DeleteWrapKey,
            _ => throw new CommandFailure(DeviceRefusal.InvalidData),
        });
        call.Device.Store.Delete(call.Find(type, id));
        return [];
    }

    public static byte[] PutOpaque(Call call)
    {
        var fields = call.Read();
        var common = Common.Read(ref fields);
        var data = fields.Rest();
        if (common.Algorithm is not (DeviceAlgorithm.OpaqueData or DeviceAlgorithm.OpaqueX509)) throw new CommandFailure(DeviceRefusal.InvalidData);
        if (data.Length == 0) throw new CommandFailure(DeviceRefusal.WrongLength);
        return call.Create(common.With(DeviceObjectType.Opaque, YubiHsmObject.Imported, data));
    }

    public static byte[] GetOpaque(Call call)
    {
        var fields = call.Read();
        var id = fields.U16();
        fields.End();
        return call.Find(DeviceObjectType.Opaque, id, DeviceCapabilities.GetOpaque).Payload;
    }

    public static byte[] PutAuthenticationKey(Call call)
    {
        var fields = call.Read();
        var common = Common.Read(ref fields);
        var delegated = fields.Capabilities();
        var keys = AuthenticationKeys(call, common.Algorithm, ref fields);
        return call.Create(common.With(DeviceObjectType.AuthenticationKey, YubiHsmObject.Imported, [.. delegated.Write(), .. keys]));
    }

    public static byte[] ChangeAuthenticationKey(Call call)
    {
        var fields = call.Read();
        var id = fields.U16();
        var algorithm = (DeviceAlgorithm)fields.Byte();
        var keys = AuthenticationKeys(call, algorithm, ref fields);
        if (id != call.Key.Id) throw new CommandFailure(DeviceRefusal.InvalidId);
        var changed = call.Find(DeviceObjectType.AuthenticationKey, id);
        call.Device.Store.Replace(changed with { Algorithm = algorithm, Payload = [.. changed.Delegated.Write(), .. keys] });
        return Fields.U16(id);
    }

    private static byte[] AuthenticationKeys(Call call, DeviceAlgorithm algorithm, ref FieldReader fields)
    {
        var known = algorithm is DeviceAlgorithm.Aes128Authentication
            || (algorithm is DeviceAlgorithm.EcP256Authentication && call.Device.Options.Firmware >= AsymmetricAgreement.Since);
        if (!known) throw new CommandFailure(DeviceRefusal.InvalidData);
        var keys = fields.Bytes(algorithm.SecretSize());
        fields.End();
        return keys;
    }

    private static (DeviceObjectType Type, ushort Id) Name(Call call)
    {
        var fields = call.Read();
        var id = fields.U16();
        var type = (DeviceObjectType)fields.Byte();
        fields.End();
        return (type, id);
    }

    // Domains and capabilities match when one of them does, the rest when equal.
    private static Func<YubiHsmObject, bool> Matches(byte filter, ref FieldReader fields)
    {
        switch (filter)
        {
            case ById: var id = fields.U16(); return found => found.Id == id;
            case ByType: var type = fields.Byte(); return found => (byte)found.Type == type;
            case ByDomains: var domains = fields.U16(); return found => (found.Domains & domains) != 0;
            case ByCapabilities: var capabilities = fields.Capabilities(); return found => (found.Capabilities & capabilities) != 0;
            case ByAlgorithm: var algorithm = fields.Byte(); return found => (byte)found.Algorithm == algorithm;
            case ByLabel: var label = fields.Bytes(YubiHsmObject.LabelSize); return found => found.Label.AsSpan().SequenceEqual(label);
            default: throw new CommandFailure(DeviceRefusal.InvalidData);
        }
    }
}
