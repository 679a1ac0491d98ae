using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>The objects of a device that was set up, as tmkms makes them. Pure: secrets and the text of the time come from outside.</summary>
public static class SetupCommands
{
    /// <summary>The authentication key that lives only while the others are made, and the report.</summary>
    public const ushort SetupId = 0xFFFE;

    /// <summary>The wrap key of backups.</summary>
    public const ushort WrapKeyId = 1;

    /// <summary>The key under which the factory's one is replaced.</summary>
    /// <param name="secret">32 random bytes, which the caller zeroes.</param>
    public static PutAuthenticationKeyCommand PutTemporaryKey(ReadOnlyMemory<byte> secret) => new(
        new NewObject(SetupId, Label("yubihsm.rs temporary setup key"), Domains.All, Capability.All, Algorithm.Aes128YubicoAuthentication),
        Capability.All, secret);

    /// <summary>A role's authentication key.</summary>
    /// <param name="role">The role.</param>
    /// <param name="time">Such as 2026-02-26T18:03:53Z.</param>
    /// <param name="secret">Of <see cref="SetupSecrets.AuthenticationKey"/>.</param>
    public static PutAuthenticationKeyCommand PutRole(Role role, string time, ReadOnlyMemory<byte> secret) => new(
        new NewObject(role.KeyId, Label($"{role.Name}:{time}"), role.Domains, role.Capabilities, Algorithm.Aes128YubicoAuthentication),
        role.Delegated, secret);

    /// <summary>The wrap key.</summary>
    /// <param name="time">Such as 2026-02-26T18:03:53Z.</param>
    /// <param name="secret">Of <see cref="SetupSecrets.WrapKey"/>.</param>
    public static PutWrapKeyCommand PutWrapKey(string time, ReadOnlyMemory<byte> secret) => new(
        new NewObject(
            WrapKeyId, Label($"primary:{time}"), Domains.All,
            Capability.ExportWrapped | Capability.ImportWrapped | Capability.WrapData | Capability.UnwrapData, Algorithm.Aes256CcmWrap),
        Capability.All, secret);

    /// <summary>The report of the set-up.</summary>
    /// <param name="json">Its text.</param>
    public static PutOpaqueCommand PutReport(ReadOnlyMemory<byte> json) =>
        new(new NewObject(SetupId, Label("yubihsm.rs setup report"), Domains.All, Capability.GetOpaque, Algorithm.OpaqueData), json);

    private static ObjectLabel Label(string text) =>
        ObjectLabel.FromText(text) ?? throw new ArgumentException($"a label has at most {ObjectLabel.Size} bytes", nameof(text));
}
