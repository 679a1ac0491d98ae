using System.Text;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Hardware.YubiHsm.Setup;
using Kms.Testing;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>A device that this program sets up holds what tmkms puts there: both set up a simulated device, tmkms from its recording.</summary>
public sealed class RecordedSetupTests
{
    private const string Phrase = "abandon amount liar";
    private static readonly CancellationToken NoDeadline = CancellationToken.None;

    [Fact]
    public async Task A_device_is_set_up_as_tmkms_does_it()
    {
        var (recorded, report) = await ByTmkmsAsync();
        var ours = new YubiHsmDevice();
        var label = Encoding.ASCII.GetString(recorded.Objects.Single(o => o.Type == DeviceObjectType.WrapKey).Label).TrimEnd('\0');
        await ByThisProgramAsync(ours, label["primary:".Length..], report);

        Assert.Equal(6, recorded.Objects.Count);
        Assert.Equal(Show(recorded.Objects), Show(ours.Objects));
        // The recording has neither the end of the factory's session nor sessions with the new keys.
        Assert.Equal(Logged(recorded), Logged(ours));
    }

    private static async Task<(YubiHsmDevice Device, byte[] Report)> ByTmkmsAsync()
    {
        var commands = Vectors.Load("yubihsm/recorded_tmkms_setup_and_keys").All("sessions").Take(4)
            .SelectMany(s => s.All("inner")).Select(i => i.Hex("command")).ToList();
        var first = commands.Single(c => c[0] == (byte)CommandCode.PutAuthenticationKey && c[3] == 0xFF);
        var device = new YubiHsmDevice();
        using (var factory = Credentials.FromPassword(1, "password"u8)) await SayAsync(device, factory, [first]);
        using (var temporary = Credentials.FromSecret(SetupCommands.SetupId, first.AsSpan(first.Length - Credentials.SecretSize)))
            await SayAsync(device, temporary, commands[(commands.IndexOf(first) + 1)..]);
        return (device, commands.Single(c => c[0] == (byte)CommandCode.PutOpaque)[56..]);
    }

    private static async Task SayAsync(YubiHsmDevice device, Credentials credentials, IEnumerable<byte[]> commands)
    {
        await using var session = new YubiHsmSession(new SimulatedTransport(device), credentials);
        foreach (var command in commands)
            Assert.Null((await session.SendAsync(new RawCommand((CommandCode)command[0], command[3..]), NoDeadline)).Failure);
    }

    private static async Task ByThisProgramAsync(YubiHsmDevice device, string time, byte[] report)
    {
        var phrase = Vectors.Load("yubihsm/tmkms_derivation").All("phrases").Select(p => p.Text("mnemonic")).Single(p => p.StartsWith(Phrase, StringComparison.Ordinal));
        Assert.True(Mnemonic.TryParse(phrase, out var mnemonic, out var error), error);
        using (mnemonic)
        {
            var setup = new DeviceSetup(new SimulatedTransport(device), "0123456789", TimeProvider.System, _ => { });
            Assert.Null(await setup.ProvisionAsync(mnemonic!, time, report, NoDeadline));
        }
    }

    private static IEnumerable<string> Show(IEnumerable<YubiHsmObject> objects) => objects.OrderBy(o => (o.Type, o.Id)).Select(o =>
        $"{o.Type} {o.Id} {o.Algorithm} {o.Domains:x4} {o.Capabilities} {Encoding.ASCII.GetString(o.Label)} {o.Origin} {Convert.ToHexString(o.Payload)}");

    /// <summary>What changed something, in order: command and object.</summary>
    private static IEnumerable<string> Logged(YubiHsmDevice device) => device.LogEntries
        .Where(entry => entry[2] is (byte)CommandCode.PutAuthenticationKey or (byte)CommandCode.PutWrapKey or (byte)CommandCode.PutOpaque or (byte)CommandCode.DeleteObject)
        .Select(entry => $"{(CommandCode)entry[2]} {Convert.ToHexString(entry.AsSpan(5, 4))}");
}
