using Kms.Testing;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>Objects that leave a device under a wrap key and come into another.</summary>
public sealed class WrapTests
{
    private static readonly byte[] Message = [.. "message"u8];

    private readonly YubiHsmDevice _device = new();
    private readonly HostSession _admin;

    public WrapTests() => _admin = HostSession.Open(_device);

    public static TheoryData<int> YubicoVectors => [0, 1];

    [Theory]
    [MemberData(nameof(YubicoVectors))]
    public void What_yubihsm_wrap_has_written_is_imported_and_exported_again(int index)
    {
        var vector = Vectors.Load("yubihsm/wrapped_objects").All("vectors")[index];
        PutWrapKey(_admin, vector.Hex("wrap_key"));
        var imported = _admin.Do(DeviceCode.ImportWrapped, [0, 1, .. vector.Hex("wrapped")]);
        Assert.Equal(3, imported[0]);

        var exported = _admin.Do(DeviceCode.ExportWrapped, [0, 1, 3, .. imported[1..]]);
        var plaintext = DeviceCrypto.CcmOpen(vector.Hex("wrap_key"), exported)!;
        var origin = vector.Hex("plaintext");
        origin[18] |= 0x10;
        Assert.Equal(Bytes.Hex(origin), Bytes.Hex(plaintext));
    }

    [Fact]
    public void The_mock_of_tmkms_writes_payloads_that_no_device_has()
    {
        var vector = Vectors.Load("yubihsm/wrapped_objects").All("vectors")[2];
        PutWrapKey(_admin, vector.Hex("wrap_key"));
        Assert.Equal(DeviceRefusal.WrongLength, _admin.Refusal(DeviceCode.ImportWrapped, [0, 1, .. vector.Hex("wrapped")]));
    }

    [Fact]
    public void A_key_without_its_seed_signs_as_it_did_with_it()
    {
        var seed = Vectors.Load("yubihsm/wrapped_objects").All("vectors")[2].Hex("payload");
        _admin.PutKey(5, seed);
        PutWrapKey(_admin, new byte[32]);
        var signature = _admin.Do(DeviceCode.SignEddsa, [0, 5, .. Message]);

        foreach (var format in (byte[][])[[], [1]])
        {
            var blob = _admin.Do(DeviceCode.ExportWrapped, [0, 1, 3, 0, 5, .. format]);
            var other = HostSession.Open(new YubiHsmDevice());
            PutWrapKey(other, new byte[32]);
            Assert.Equal("030005", Bytes.Hex(other.Do(DeviceCode.ImportWrapped, [0, 1, .. blob])));
            Assert.Equal(0x12, other.Do(DeviceCode.GetObjectInfo, 0, 5, 3)[17]);
            Assert.Equal(Bytes.Hex(signature), Bytes.Hex(other.Do(DeviceCode.SignEddsa, [0, 5, .. Message])));
            Assert.Equal(DeviceRefusal.ObjectExists, other.Refusal(DeviceCode.ImportWrapped, [0, 1, .. blob]));
            blob[20] ^= 1;
            Assert.Equal(DeviceRefusal.InvalidData, other.Refusal(DeviceCode.ImportWrapped, [0, 1, .. blob]));
        }
    }

    [Fact]
    public void Every_seed_has_the_same_signatures_in_both_forms()
    {
        var random = new Random(2026);
        for (ushort id = 1; id <= 10; id++)
        {
            var seed = new byte[32];
            random.NextBytes(seed);
            var device = new YubiHsmDevice();
            var session = HostSession.Open(device);
            PutWrapKey(session, seed);
            session.PutKey(id, seed);
            var signed = session.Do(DeviceCode.SignEddsa, [.. Bytes.Id(id), .. seed]);
            var blob = session.Do(DeviceCode.ExportWrapped, [0, 1, 3, .. Bytes.Id(id)]);
            session.Do(DeviceCode.DeleteObject, [.. Bytes.Id(id), 3]);
            session.Do(DeviceCode.ImportWrapped, [0, 1, .. blob]);
            Assert.Equal(Bytes.Hex(signed), Bytes.Hex(session.Do(DeviceCode.SignEddsa, [.. Bytes.Id(id), .. seed])));
        }
    }

    [Fact]
    public void A_key_that_is_not_exportable_stays()
    {
        PutWrapKey(_admin, new byte[32]);
        _admin.Do(DeviceCode.GenerateAsymmetricKey, HostSession.Common(5, DeviceAlgorithm.Ed25519, DeviceCapabilities.SignEddsa));
        Assert.Equal(DeviceRefusal.InsufficientPermissions, _admin.Refusal(DeviceCode.ExportWrapped, 0, 1, 3, 0, 5));
        Assert.Equal(DeviceRefusal.ObjectNotFound, _admin.Refusal(DeviceCode.ExportWrapped, 0, 2, 3, 0, 5));
    }

    [Fact]
    public void A_wrap_key_wraps_no_more_than_is_delegated_to_it()
    {
        PutWrapKey(_admin, new byte[32], DeviceCapabilities.SignEcdsa | DeviceCapabilities.ExportableUnderWrap);
        _admin.PutKey(5, new byte[32]);
        Assert.Equal(DeviceRefusal.InsufficientPermissions, _admin.Refusal(DeviceCode.ExportWrapped, 0, 1, 3, 0, 5));
    }

    [Fact]
    public void Authentication_and_wrap_keys_are_wrapped_too()
    {
        PutWrapKey(_admin, new byte[32]);
        _admin.PutAuthenticationKey(3, "three", DeviceCapabilities.ExportableUnderWrap | DeviceCapabilities.GetLogEntries, DeviceCapabilities.SignEddsa);
        var blob = _admin.Do(DeviceCode.ExportWrapped, 0, 1, 2, 0, 3);
        var other = new YubiHsmDevice();
        var session = HostSession.Open(other);
        PutWrapKey(session, new byte[32]);
        Assert.Equal("020003", Bytes.Hex(session.Do(DeviceCode.ImportWrapped, [0, 1, .. blob])));
        Assert.Equal(_admin.Do(DeviceCode.GetObjectInfo, 0, 3, 2)[58..], session.Do(DeviceCode.GetObjectInfo, 0, 3, 2)[58..]);
        HostSession.Open(other, 3, "three").Do(DeviceCode.GetLogEntries);
    }

    [Fact]
    public void Data_is_wrapped_and_unwrapped()
    {
        PutWrapKey(_admin, new byte[32]);
        var wrapped = _admin.Do(DeviceCode.WrapData, [0, 1, .. Message]);
        Assert.Equal(13 + Message.Length + 16, wrapped.Length);
        Assert.Equal(Message, _admin.Do(DeviceCode.UnwrapData, [0, 1, .. wrapped]));
    }

    private static void PutWrapKey(HostSession session, byte[] key, DeviceCapabilities delegated = DeviceCapabilities.All)
    {
        const DeviceCapabilities use = DeviceCapabilities.ExportWrapped | DeviceCapabilities.ImportWrapped | DeviceCapabilities.WrapData | DeviceCapabilities.UnwrapData;
        byte[] delegation = [.. BitConverter.GetBytes((ulong)delegated).Reverse()];
        session.Do(DeviceCode.PutWrapKey, [.. HostSession.Common(1, DeviceAlgorithm.Aes256CcmWrap, use, domains: 0xFFFF), .. delegation, .. key]);
    }
}
