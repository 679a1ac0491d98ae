using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Hardware.YubiHsm.Scp03;
using Kms.Hardware.YubiHsm.Setup;
using Kms.Testing.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>The host against the simulated device, which shares no code with it: over HTTP, through every fault, and from the box to the first signature.</summary>
public sealed class SimulatedDeviceTests : IAsyncDisposable
{
    private const string Time = "2026-02-26T18:03:53Z";
    private const string Serial = "0123456789";

    private static readonly CancellationToken NoDeadline = CancellationToken.None;
    private static readonly SoftSigner Expected = SoftSigner.FromSeed(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    private readonly YubiHsmDevice _device = new();
    private readonly Credentials _credentials = Credentials.FromPassword(1, "password"u8);
    private readonly SimulatedTransport _wire;
    private readonly YubiHsmSession _session;

    public SimulatedDeviceTests()
    {
        _wire = new SimulatedTransport(_device);
        _session = new YubiHsmSession(_wire, _credentials);
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _credentials.Dispose();
    }

    [Fact]
    public async Task Signatures_over_the_connector_are_those_of_the_key()
    {
        await PutKeysAsync();
        await using var connector = YubiHsmConnector.Start(_device);
        Assert.True(HttpTransport.TryCreate(connector.Address.ToString(), TimeSpan.FromMinutes(5), out var transport, out var error), error);
        using var http = transport;
        await using (var session = new YubiHsmSession(http!, _credentials))
        {
            using var ed25519 = await OpenAsync(session, 1, KeyAlgorithm.Ed25519);
            using var secp256k1 = await OpenAsync(session, 2, KeyAlgorithm.Secp256k1);
            foreach (var length in new[] { 0, 1, 63, 64, 111, 2019 }) await SignsAsync(ed25519, new SignBytes(new byte[length]));
            for (var i = 0; i < 20; i++)
            {
                var message = new SignBytes([(byte)i]);
                var outcome = await secp256k1.SignAsync(message, NoDeadline);
                Assert.True(Kms.Testing.OpenSslSecp256k1.Verifies(secp256k1.PublicKey.Span, message.Span, outcome.Signature!.Span));
            }

            var late = await ed25519.SignAsync(new SignBytes(new byte[2020]), NoDeadline);
            Assert.Contains("do not fit into a frame", late.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(BetweenFaults.All), MemberType = typeof(BetweenFaults))]
    public async Task A_fault_between_two_signatures_is_not_seen(string fault)
    {
        await PutKeysAsync();
        using var signer = await OpenAsync(_session, 1, KeyAlgorithm.Ed25519);
        for (var i = 0; i < 3; i++)
        {
            BetweenFaults.Inject(_device, fault);
            await SignsAsync(signer, new SignBytes([(byte)i]));
            // What was lost is not left behind.
            Assert.Equal(1, _device.Sessions);
        }
    }

    [Fact]
    public async Task While_it_is_unplugged_there_are_answers_and_then_signatures_again()
    {
        await PutKeysAsync();
        using var signer = await OpenAsync(_session, 1, KeyAlgorithm.Ed25519);
        _device.Faults.Unplug();
        for (var i = 0; i < 3; i++) Assert.NotNull((await signer.SignAsync(new SignBytes([1]), NoDeadline)).Error);
        _device.Faults.Plug();
        await SignsAsync(signer, new SignBytes([2]));
    }

    [Fact]
    public async Task From_the_box_to_a_signature_and_from_a_backup_to_another_device()
    {
        using var mnemonic = Mnemonic.FromEntropy(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
        await SetUpAsync(_device, _credentials, mnemonic);
        Assert.Equal(
            ["AuthenticationKey 1", "AuthenticationKey 2", "AuthenticationKey 3", "AuthenticationKey 4", "Opaque 65534", "WrapKey 1"],
            await ListAsync(_device, mnemonic));

        // The operator makes a key and exports it; the validator signs.
        var (backup, publicKey) = await MakeKeyAsync(_device, mnemonic);
        await SignsWithAsync(_device, mnemonic, publicKey);

        // The same phrase and the backup make another device that signs with the same key.
        var spare = new YubiHsmDevice();
        await SetUpAsync(spare, _credentials, mnemonic);
        using var credentials = RoleKey(mnemonic, Role.Operator);
        await using (var session = new YubiHsmSession(new SimulatedTransport(spare), credentials))
        {
            var imported = await session.SendAsync(new ImportWrappedCommand(SetupCommands.WrapKeyId, backup), NoDeadline);
            Assert.Equal(new ImportWrappedResponse(ObjectType.AsymmetricKey, 1), imported.Response);
        }

        await SignsWithAsync(spare, mnemonic, publicKey);
    }

    [Fact]
    public async Task A_device_that_cannot_be_erased_says_why()
    {
        using var mnemonic = Mnemonic.FromEntropy(new byte[32]);
        await SetUpAsync(_device, _credentials, mnemonic);
        using var validator = RoleKey(mnemonic, Role.Validator);
        var refused = await new DeviceSetup(_wire, Serial, TimeProvider.System, _ => { }).EraseAsync(validator, NoDeadline);
        Assert.Equal((FailureCause.Refused, DeviceError.InsufficientPermissions), (refused!.Cause, refused.Error));
        var wrong = await new DeviceSetup(_wire, Serial, TimeProvider.System, _ => { }).EraseAsync(_credentials, NoDeadline);
        Assert.Equal(FailureCause.Credentials, wrong!.Cause);
        Assert.Equal(6, (await ListAsync(_device, mnemonic)).Count);
    }

    [Fact]
    public async Task Another_device_is_left_alone_before_the_restart_and_after_it()
    {
        var other = await new DeviceSetup(_wire, "0000000007", TimeProvider.System, _ => { }).EraseAsync(_credentials, NoDeadline);
        Assert.StartsWith("device 0123456789 answers instead of 0000000007", other!.Reason, StringComparison.Ordinal);
        Assert.NotEmpty(_device.Objects);

        // The one that comes back is another one, with the factory's password too.
        var wire = new SwitchedTransport(_wire);
        var setup = new DeviceSetup(wire, Serial, TimeProvider.System, step => wire.IsSwitched = step.StartsWith("waiting", StringComparison.Ordinal));
        var failure = await setup.EraseAsync(_credentials, NoDeadline);
        Assert.StartsWith("device 0000000008 answers instead of 0123456789", failure!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_that_did_not_arrive_is_not_taken_for_one()
    {
        await PutKeysAsync();
        // The session: opened by two frames, then the serial number, then the reset.
        var setup = new DeviceSetup(new LossyTransport(_wire, frame => frame == 4), Serial, TimeProvider.System, _ => { });
        var failure = await setup.EraseAsync(_credentials, NoDeadline);
        Assert.Equal("it still holds 2 other keys: the command to erase itself did not arrive; try again", failure!.Reason);
        Assert.Equal(3, _device.Objects.Count);
    }

    [Fact]
    public async Task An_interruption_after_the_reset_comes_too_late()
    {
        using var interrupt = new CancellationTokenSource();
        var setup = new DeviceSetup(_wire, Serial, TimeProvider.System, step =>
        {
            if (step.StartsWith("waiting", StringComparison.Ordinal)) interrupt.Cancel();
        });
        Assert.Null(await setup.EraseAsync(_credentials, interrupt.Token));
        Assert.True(interrupt.IsCancellationRequested);
    }

    [Fact]
    public async Task A_key_that_was_made_and_cannot_be_read_back_is_said_to_be_there()
    {
        await using var session = new YubiHsmSession(new LossyTransport(_wire, frame => frame > 3), _credentials);
        var made = await DeviceKeys.GenerateAsync(session, DeviceKeys.New(7, ObjectLabel.Empty, KeyAlgorithm.Ed25519, exportable: true), NoDeadline);
        Assert.StartsWith("the key is in the device, but its public key could not be read back: ", made.Failure!.Reason, StringComparison.Ordinal);
        Assert.Equal(2, _device.Objects.Count);
    }

    [Fact]
    public async Task A_key_whose_answer_was_lost_may_be_there()
    {
        Assert.Null((await _session.SendAsync(new EchoCommand(new byte[1]), NoDeadline)).Failure);
        _device.Faults.Spoil(ResponseFault.Lost);
        var made = await DeviceKeys.GenerateAsync(_session, DeviceKeys.New(7, ObjectLabel.Empty, KeyAlgorithm.Ed25519, exportable: true), NoDeadline);
        Assert.EndsWith("Whether the key was made is not known: see `yubihsm keys list`", made.Failure!.Reason, StringComparison.Ordinal);
        var key = Assert.Single((await DeviceKeys.ListAsync(_session, NoDeadline)).Response!);
        Assert.Equal((7, KeyAlgorithm.Ed25519), (key.Id, key.PublicKey!.Algorithm));

        var again = await DeviceKeys.GenerateAsync(_session, DeviceKeys.New(7, ObjectLabel.Empty, KeyAlgorithm.Ed25519, exportable: true), NoDeadline);
        Assert.Equal(DeviceError.ObjectExists, again.Failure!.Error);
    }

    [Fact]
    public async Task A_set_up_that_stops_half_way_says_what_to_do()
    {
        using var mnemonic = Mnemonic.FromEntropy(new byte[32]);
        _device.Faults.StorageFull = true;
        var failure = await new DeviceSetup(_wire, Serial, TimeProvider.System, _ => { }).ProvisionAsync(mnemonic, Time, new byte[1], NoDeadline);
        Assert.Equal(DeviceError.StorageFailed, failure!.Error);
        Assert.Contains("The device is half set up", failure.Reason, StringComparison.Ordinal);
    }

    private static async Task SetUpAsync(YubiHsmDevice device, Credentials current, Mnemonic mnemonic)
    {
        var steps = new List<string>();
        var setup = new DeviceSetup(new SimulatedTransport(device), Serial, TimeProvider.System, steps.Add);
        Assert.Null(await setup.EraseAsync(current, NoDeadline));
        var report = new SetupReport(Guid.Empty, "0123456789", null, "u", DateTimeOffset.UnixEpoch, "tmkms 1.0.0").ToJson();
        Assert.Null(await setup.ProvisionAsync(mnemonic, Time, report, NoDeadline));
        Assert.NotEmpty(steps);
    }

    private static Credentials RoleKey(Mnemonic mnemonic, Role role)
    {
        using var password = SetupSecrets.Password(mnemonic, role);
        return Credentials.FromPassword(role.KeyId, password.Span);
    }

    private static async Task<IReadOnlyList<string>> ListAsync(YubiHsmDevice device, Mnemonic mnemonic)
    {
        using var credentials = RoleKey(mnemonic, Role.Admin);
        await using var session = new YubiHsmSession(new SimulatedTransport(device), credentials);
        var list = await session.SendAsync(new ListObjectsCommand(), NoDeadline);
        return [.. list.Response!.Objects.Select(o => $"{o.Type} {o.Id}").Order(StringComparer.Ordinal)];
    }

    private static async Task<(ReadOnlyMemory<byte> Backup, PublicKey Key)> MakeKeyAsync(YubiHsmDevice device, Mnemonic mnemonic)
    {
        using var credentials = RoleKey(mnemonic, Role.Operator);
        await using var session = new YubiHsmSession(new SimulatedTransport(device), credentials);
        var key = new NewObject(
            1, ObjectLabel.FromText($"consensus:{Time}")!, Domains.One, Capability.SignEddsa | Capability.ExportableUnderWrap, Algorithm.Ed25519);
        Assert.Equal(new ObjectIdResponse(1), (await session.SendAsync(new GenerateAsymmetricKeyCommand(key), NoDeadline)).Response);
        var refused = (await session.SendAsync(new SignEddsaCommand(1, new byte[1]), NoDeadline)).Failure!;
        Assert.Equal(DeviceError.InsufficientPermissions, refused.Error);
        var exported = await session.SendAsync(new ExportWrappedCommand(SetupCommands.WrapKeyId, ObjectType.AsymmetricKey, 1), NoDeadline);
        var publicKey = await session.SendAsync(new GetPublicKeyCommand(1), NoDeadline);
        return (exported.Response!.Wrapped, publicKey.Response!.ToPublicKey()!);
    }

    private static async Task SignsWithAsync(YubiHsmDevice device, Mnemonic mnemonic, PublicKey publicKey)
    {
        using var credentials = RoleKey(mnemonic, Role.Validator);
        await using var session = new YubiHsmSession(new SimulatedTransport(device), credentials);
        using var signer = await OpenAsync(session, 1, KeyAlgorithm.Ed25519);
        Assert.Equal(publicKey, signer.PublicKey);
        var message = new SignBytes([1, 2, 3]);
        var outcome = await signer.SignAsync(message, NoDeadline);
        Assert.Null(outcome.Error);
        var verifier = new Org.BouncyCastle.Crypto.Signers.Ed25519Signer();
        verifier.Init(false, new Org.BouncyCastle.Crypto.Parameters.Ed25519PublicKeyParameters(publicKey.Span.ToArray()));
        verifier.BlockUpdate(message.Span);
        Assert.True(verifier.VerifySignature(outcome.Signature!.Span.ToArray()));
    }

    private static async Task<YubiHsmSigner> OpenAsync(IYubiHsm device, ushort keyId, KeyAlgorithm algorithm)
    {
        var opened = await YubiHsmSigner.OpenAsync(device, keyId, algorithm, NoDeadline);
        Assert.Null(opened.Failure);
        return opened.Response!;
    }

    private static async Task SignsAsync(YubiHsmSigner signer, SignBytes message)
    {
        var outcome = await signer.SignAsync(message, NoDeadline);
        Assert.Null(outcome.Error);
        Assert.Equal((await Expected.SignAsync(message, NoDeadline)).Signature, outcome.Signature);
    }

    internal static NewObject SigningKey(ushort id) => new(id, ObjectLabel.Empty, Domains.One, Capability.SignEddsa, Algorithm.Ed25519);

    private async Task PutKeysAsync()
    {
        var secret = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
        var secp256k1 = new NewObject(2, ObjectLabel.Empty, Domains.One, Capability.SignEcdsa, Algorithm.Secp256k1);
        Assert.Null((await _session.SendAsync(new PutAsymmetricKeyCommand(SigningKey(1), secret), NoDeadline)).Failure);
        Assert.Null((await _session.SendAsync(new PutAsymmetricKeyCommand(secp256k1, secret), NoDeadline)).Failure);
    }

    /// <summary>Loses frames on their way to the device.</summary>
    /// <param name="isLost">Which, counted from 1.</param>
    private sealed class LossyTransport(IYubiHsmTransport device, Func<int, bool> isLost) : IYubiHsmTransport
    {
        private int _frames;

        public ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline) =>
            isLost(++_frames) ? new ValueTask<TransportReply>(TransportReply.Failed("lost")) : device.ExchangeAsync(frame, deadline);

        public void Dispose()
        {
        }
    }

    /// <summary>Leads to another device from some moment on.</summary>
    private sealed class SwitchedTransport(IYubiHsmTransport first) : IYubiHsmTransport
    {
        private readonly SimulatedTransport _second = new(new YubiHsmDevice(new YubiHsmOptions { Serial = 8 }));

        public bool IsSwitched { get; set; }

        public ValueTask<TransportReply> ExchangeAsync(ReadOnlyMemory<byte> frame, CancellationToken deadline) =>
            (IsSwitched ? _second : first).ExchangeAsync(frame, deadline);

        public void Dispose()
        {
        }
    }
}
