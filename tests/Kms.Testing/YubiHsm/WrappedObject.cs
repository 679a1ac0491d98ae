namespace Kms.Testing.YubiHsm;

/// <summary>What is inside a wrapped object: a header of 59 bytes and the payload (yubihsm-shell yhwrap/main.c).</summary>
internal static class WrappedObject
{
    public static byte[] Write(DeviceAlgorithm wrapAlgorithm, YubiHsmObject wrapped) =>
    [
        (byte)wrapAlgorithm, .. wrapped.Capabilities.Write(), .. Fields.U16(wrapped.Id), .. Fields.U16(wrapped.Payload.Length),
        .. Fields.U16(wrapped.Domains), (byte)wrapped.Type, (byte)wrapped.Algorithm, wrapped.Sequence, wrapped.Origin, .. wrapped.Label,
        .. wrapped.Payload,
    ];

    /// <summary>The object, of which the payload is still to be checked.</summary>
    public static YubiHsmObject Read(DeviceAlgorithm wrapAlgorithm, byte[] plaintext)
    {
        var fields = new FieldReader(plaintext);
        if (fields.Byte() != (byte)wrapAlgorithm) throw new CommandFailure(DeviceRefusal.InvalidData);
        var capabilities = fields.Capabilities();
        var id = fields.U16();
        var length = fields.U16();
        var domains = fields.U16();
        var type = (DeviceObjectType)fields.Byte();
        var algorithm = (DeviceAlgorithm)fields.Byte();
        _ = fields.Byte(); // The sequence: the importing device counts its own, [device, unverified].
        var origin = fields.Byte();
        var label = fields.Bytes(YubiHsmObject.LabelSize);
        var payload = fields.Rest();
        return new YubiHsmObject(type, id, algorithm, domains, capabilities, label, origin, payload.Length == length ? payload : []);
    }

    /// <summary>Whether the payload is as long as its algorithm asks for.</summary>
    public static bool IsWhole(YubiHsmObject read) => read.Type switch
    {
        DeviceObjectType.Opaque => read.Payload.Length > 0,
        DeviceObjectType.AsymmetricKey when read.Algorithm == DeviceAlgorithm.Ed25519 => read.Payload.Length is 96 or 128,
        DeviceObjectType.AsymmetricKey => read.Algorithm.Curve() is not null && read.Payload.Length == 3 * read.Algorithm.SecretSize(),
        DeviceObjectType.AuthenticationKey or DeviceObjectType.WrapKey => read.Payload.Length == 8 + read.Algorithm.SecretSize(),
        _ => false,
    };
}
