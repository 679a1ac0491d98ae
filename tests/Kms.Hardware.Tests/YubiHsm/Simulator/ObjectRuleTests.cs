using System.Text;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>Objects: who may make, see, use and delete them, and how many there can be.</summary>
public sealed class ObjectRuleTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly YubiHsmDevice _device = new();
    private readonly HostSession _admin;

    public ObjectRuleTests() => _admin = HostSession.Open(_device);

    [Fact]
    public void A_device_from_the_box_holds_the_factory_key()
    {
        Assert.Equal("00010200", Bytes.Hex(_admin.Do(DeviceCode.ListObjects)));
        var info = _admin.Do(DeviceCode.GetObjectInfo, 0, 1, 2);
        Assert.Equal("ffffffffffffffff00010028ffff02260002", Bytes.Hex(info[..18]));
        Assert.Equal("DEFAULT AUTHKEY CHANGE THIS ASAP", Encoding.ASCII.GetString(info[18..58]).TrimEnd('\0'));
        Assert.Equal("0100" + "00ff" + "0400" + "03ff" + "007e", Bytes.Hex(_admin.Do(DeviceCode.GetStorageInfo)));
    }

    [Theory]
    [InlineData(DeviceCapabilities.SignEddsa, null)]
    [InlineData(DeviceCapabilities.SignEcdsa, DeviceRefusal.InsufficientPermissions)]
    [InlineData(DeviceCapabilities.None, DeviceRefusal.InsufficientPermissions)]
    public void Signing_needs_the_capability_of_the_session(DeviceCapabilities granted, DeviceRefusal? refusal)
    {
        _admin.PutKey(9, Seed);
        _admin.PutAuthenticationKey(2, "two", granted);
        Assert.Equal(refusal, HostSession.Open(_device, 2, "two").Refusal(DeviceCode.SignEddsa, 0, 9, 1, 2, 3));
        Assert.Equal(refusal is null ? 1 : 0, _device.Signatures);
    }

    [Fact]
    public void Signing_needs_the_capability_of_the_key()
    {
        _admin.Do(DeviceCode.PutAsymmetricKey, [.. HostSession.Common(9, DeviceAlgorithm.Ed25519, DeviceCapabilities.ExportableUnderWrap), .. Seed]);
        Assert.Equal(DeviceRefusal.InsufficientPermissions, _admin.Refusal(DeviceCode.SignEddsa, 0, 9, 1));
    }

    [Fact]
    public void An_object_of_another_domain_is_not_there()
    {
        _admin.PutKey(9, Seed, domains: 2);
        _admin.PutAuthenticationKey(2, "two", DeviceCapabilities.SignEddsa | DeviceCapabilities.DeleteAsymmetricKey, domains: 1);
        var other = HostSession.Open(_device, 2, "two");
        Assert.Equal(DeviceRefusal.ObjectNotFound, other.Refusal(DeviceCode.SignEddsa, 0, 9, 1));
        Assert.Equal(DeviceRefusal.ObjectNotFound, other.Refusal(DeviceCode.GetPublicKey, 0, 9));
        Assert.Equal(DeviceRefusal.ObjectNotFound, other.Refusal(DeviceCode.DeleteObject, 0, 9, 3));
        Assert.Equal("00010200" + "00020200", Bytes.Hex(other.Do(DeviceCode.ListObjects)));
    }

    [Theory]
    [InlineData(4, DeviceRefusal.InvalidData)]
    [InlineData(5, DeviceRefusal.InsufficientPermissions)]
    public void Nobody_gives_more_than_is_delegated_to_him(int minor, DeviceRefusal refusal)
    {
        var device = new YubiHsmDevice(new YubiHsmOptions { Firmware = new Version(2, minor, 0) });
        HostSession.Open(device).PutAuthenticationKey(2, "two", DeviceCapabilities.PutAsymmetricKey, delegated: DeviceCapabilities.SignEddsa, domains: 1);
        var maker = HostSession.Open(device, 2, "two");

        byte[] Key(ushort id, DeviceCapabilities wanted, ushort domains) => [.. HostSession.Common(id, DeviceAlgorithm.Ed25519, wanted, domains), .. Seed];
        Assert.Null(maker.Refusal(DeviceCode.PutAsymmetricKey, Key(1, DeviceCapabilities.SignEddsa, 1)));
        Assert.Equal(refusal, maker.Refusal(DeviceCode.PutAsymmetricKey, Key(2, DeviceCapabilities.SignEddsa | DeviceCapabilities.ExportableUnderWrap, 1)));
        Assert.Equal(refusal, maker.Refusal(DeviceCode.PutAsymmetricKey, Key(2, DeviceCapabilities.SignEddsa, 3)));
    }

    [Fact]
    public void Ids_are_taken_chosen_or_refused()
    {
        var common = HostSession.Common(0, DeviceAlgorithm.Ed25519, DeviceCapabilities.SignEddsa);
        Assert.Equal("0001", Bytes.Hex(_admin.Do(DeviceCode.GenerateAsymmetricKey, common)));
        Assert.Equal("0002", Bytes.Hex(_admin.Do(DeviceCode.GenerateAsymmetricKey, common)));
        common[1] = 2;
        Assert.Equal(DeviceRefusal.ObjectExists, _admin.Refusal(DeviceCode.GenerateAsymmetricKey, common));
        (common[0], common[1]) = (0xFF, 0xFF);
        Assert.Equal(DeviceRefusal.InvalidId, _admin.Refusal(DeviceCode.GenerateAsymmetricKey, common));
    }

    [Fact]
    public void A_sequence_counts_how_often_an_id_was_made_anew()
    {
        for (byte sequence = 0; sequence < 3; sequence++)
        {
            _admin.PutKey(7, Seed);
            Assert.Equal([0, 7, 3, sequence], _admin.Do(DeviceCode.ListObjects, 0x02, 3));
            _admin.Do(DeviceCode.DeleteObject, 0, 7, 3);
        }
    }

    [Fact]
    public void Filters_select()
    {
        _admin.PutKey(7, Seed);
        _admin.PutKey(8, Seed, DeviceAlgorithm.EcK256, domains: 2);
        Assert.Equal("00070300", Bytes.Hex(_admin.Do(DeviceCode.ListObjects, 0x05, 46)));
        Assert.Equal("0001020000080300", Bytes.Hex(_admin.Do(DeviceCode.ListObjects, 0x03, 0, 2)));
        Assert.Equal("00080300", Bytes.Hex(_admin.Do(DeviceCode.ListObjects, 0x02, 3, 0x04, 0, 0, 0, 0, 0, 0, 0, 0x80)));
        Assert.Equal("", Bytes.Hex(_admin.Do(DeviceCode.ListObjects, 0x01, 0, 9)));
        Assert.Equal(DeviceRefusal.InvalidData, _admin.Refusal(DeviceCode.ListObjects, 0x02, 3, 0x02, 4));
        Assert.Equal(DeviceRefusal.InvalidData, _admin.Refusal(DeviceCode.ListObjects, 0x07, 3));
        Assert.Equal(DeviceRefusal.WrongLength, _admin.Refusal(DeviceCode.ListObjects, 0x03, 3));
    }

    [Fact]
    public void The_store_holds_256_objects()
    {
        var common = HostSession.Common(0, DeviceAlgorithm.OpaqueData, DeviceCapabilities.None);
        for (var stored = 1; stored < 256; stored++) _admin.Do(DeviceCode.PutOpaque, [.. common, 1]);
        Assert.Equal(DeviceRefusal.StorageFailed, _admin.Refusal(DeviceCode.PutOpaque, [.. common, 1]));
        _admin.Do(DeviceCode.DeleteObject, 0, 77, 1);
        Assert.Equal("004d", Bytes.Hex(_admin.Do(DeviceCode.PutOpaque, [.. common, 1])));
    }

    [Fact]
    public void The_store_holds_126_kilobytes()
    {
        byte[] large = [.. HostSession.Common(0, DeviceAlgorithm.OpaqueData, DeviceCapabilities.None), .. new byte[1968]];
        var stored = 0;
        while (_admin.Refusal(DeviceCode.PutOpaque, large) is null) stored++;
        Assert.Equal((1024 - 1) / 16, stored);
        Assert.Equal(DeviceRefusal.StorageFailed, _admin.Refusal(DeviceCode.PutOpaque, large));
    }

    [Fact]
    public void Opaque_data_comes_back()
    {
        var common = HostSession.Common(0xFFFE, DeviceAlgorithm.OpaqueData, DeviceCapabilities.GetOpaque, domains: 0xFFFF, label: "report");
        Assert.Equal(DeviceRefusal.WrongLength, _admin.Refusal(DeviceCode.PutOpaque, common));
        _admin.Do(DeviceCode.PutOpaque, [.. common, .. Seed]);
        Assert.Equal(Seed, _admin.Do(DeviceCode.GetOpaque, 0xFF, 0xFE));
    }

    [Fact]
    public void Only_its_own_session_changes_an_authentication_key()
    {
        _admin.PutAuthenticationKey(2, "two", DeviceCapabilities.ChangeAuthenticationKey);
        var two = HostSession.Open(_device, 2, "two");
        var keys = DeviceCrypto.PasswordKeys("deux");
        Assert.Equal(DeviceRefusal.InvalidId, two.Refusal(DeviceCode.ChangeAuthenticationKey, [0, 1, 38, .. keys]));
        two.Do(DeviceCode.ChangeAuthenticationKey, [0, 2, 38, .. keys]);
        Assert.Throws<InvalidOperationException>(() => HostSession.Open(_device, 2, "two"));
        Assert.Equal([5], HostSession.Open(_device, 2, "deux").Do(DeviceCode.Echo, 5));
    }
}
