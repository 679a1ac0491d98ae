using System.Text;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm.Scp03;

namespace Kms.Hardware.YubiHsm.Setup;

/// <summary>What is derived from the phrase, in the same way as tmkms does (commands/yubihsm/setup.rs): a device that either program set up can be
/// restored by the other. The caller disposes of each secret.</summary>
public static class SetupSecrets
{
    /// <summary>Bytes of a role's secret that are in its password.</summary>
    private const int PasswordBytes = 16;

    /// <summary>The password of a role's authentication key, UTF-8: the phrase for the admin, bech32 of half a derived secret for the others.</summary>
    /// <remarks>The text of a bech32 password is also a string for a moment, and cannot be zeroed.</remarks>
    public static SecretBytes Password(Mnemonic mnemonic, Role role)
    {
        if (role == Role.Admin) return mnemonic.ToPhrase();
        using var secret = Hkd32.Derive(mnemonic.Entropy, $"/1/role/{role.Name}");
        var text = Bech32.Encode($"kms-{role.Name}-password-", secret.Span[..PasswordBytes]);
        var password = new SecretBytes(text.Length);
        Encoding.ASCII.GetBytes(text, password.Span);
        return password;
    }

    /// <summary>The secret of a role's authentication key: K-ENC, K-MAC.</summary>
    public static SecretBytes AuthenticationKey(Mnemonic mnemonic, Role role)
    {
        using var password = Password(mnemonic, role);
        var secret = new SecretBytes(Credentials.SecretSize);
        Credentials.Stretch(password.Span, secret.Span);
        return secret;
    }

    /// <summary>Wrap key 0x0001, AES-256-CCM: 32 bytes, under which keys are backed up.</summary>
    public static SecretBytes WrapKey(Mnemonic mnemonic) => Hkd32.Derive(mnemonic.Entropy, "/1/wrap/0x0001");
}
