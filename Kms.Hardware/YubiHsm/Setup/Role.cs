using static Kms.Hardware.YubiHsm.Capability;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>An authentication key of a device that tmkms or this program set up.</summary>
/// <param name="Name">Its name: the start of its label, and of its password.</param>
/// <param name="KeyId">Its id.</param>
/// <param name="Domains">What it sees.</param>
/// <param name="Capabilities">What it may do.</param>
/// <param name="Delegated">What the objects may have that it makes.</param>
public sealed record Role(string Name, ushort KeyId, Domains Domains, Capability Capabilities, Capability Delegated)
{
    /// <summary>May do everything; its password is the phrase itself.</summary>
    public static Role Admin { get; } = new("admin", 1, Domains.All, All, All);

    /// <summary>Makes, imports and exports keys; cannot delete them, nor sign.</summary>
    public static Role Operator { get; } = new(
        "operator", 2, Domains.All,
        GenerateAsymmetricKey | PutAsymmetricKey | GenerateHmacKey | PutHmacKey | ImportWrapped | ExportWrapped | GetOpaque | GetOption | GetLogEntries
        | SignAttestationCertificate,
        All);

    /// <summary>Reads and frees the audit log.</summary>
    public static Role Auditor { get; } = new("auditor", 3, Domains.All, GetLogEntries | GetOption | SetOption | GetOpaque, None);

    /// <summary>Signs, with the keys of domain 1: what the running signer uses.</summary>
    public static Role Validator { get; } = new("validator", 4, Domains.One, SignEcdsa | SignEddsa | SignAttestationCertificate | GetLogEntries, None);

    /// <summary>All four, in the order in which they are made.</summary>
    public static IReadOnlyList<Role> Every { get; } = [Admin, Operator, Auditor, Validator];
}
