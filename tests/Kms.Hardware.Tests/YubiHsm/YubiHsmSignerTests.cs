using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;

namespace Kms.Hardware.Tests.YubiHsm;

public sealed class YubiHsmEd25519SignerTests : ConsensusSignerSpec
{
    protected override IConsensusSigner Open() => YubiHsmSignerTests.Open(new FakeYubiHsm(), 1, Algorithm);
}

public sealed class YubiHsmSecp256k1SignerTests : ConsensusSignerSpec
{
    protected override KeyAlgorithm Algorithm => KeyAlgorithm.Secp256k1;

    protected override IConsensusSigner Open() => YubiHsmSignerTests.Open(new FakeYubiHsm(), 2, Algorithm);
}

public sealed class YubiHsmSignerTests
{
    private static readonly SignBytes Message = new([1, 2, 3]);

    public static YubiHsmSigner Open(FakeYubiHsm device, ushort keyId, KeyAlgorithm algorithm)
    {
        // The fake answers at once.
        var opened = YubiHsmSigner.OpenAsync(device, keyId, algorithm, CancellationToken.None).AsTask();
        Assert.True(opened.IsCompletedSuccessfully);
        return opened.GetAwaiter().GetResult().Response!;
    }

    [Theory]
    [InlineData(1, KeyAlgorithm.Secp256k1, "YubiHSM key 0x0001 is not a valid Secp256k1 key: it is of Ed25519")]
    [InlineData(2, KeyAlgorithm.Ed25519, "YubiHSM key 0x0002 is not a valid Ed25519 key: it is of Secp256k1")]
    [InlineData(3, KeyAlgorithm.Ed25519, "key 0x0003 is not in the device, or shares no domain with the authentication key: see `yubihsm keys list`")]
    public async Task A_key_that_cannot_be_used_is_refused_with_the_cause(ushort keyId, KeyAlgorithm algorithm, string reason)
    {
        var opened = await YubiHsmSigner.OpenAsync(new FakeYubiHsm(), keyId, algorithm, CancellationToken.None);
        Assert.Null(opened.Response);
        Assert.Equal(reason, opened.Failure!.Reason);
    }

    [Fact]
    public async Task A_failure_of_the_device_is_an_answer_and_the_next_signature_is_made()
    {
        var device = new FakeYubiHsm();
        using var signer = Open(device, 1, KeyAlgorithm.Ed25519);
        device.Failure = new YubiHsmFailure(FailureCause.Transport, "the device is gone");
        Assert.Equal("yubihsm: the device is gone", (await signer.SignAsync(Message, CancellationToken.None)).Error);
        device.Failure = YubiHsmFailure.Refused(CommandCode.SignEddsa, DeviceError.InsufficientPermissions);
        Assert.Contains("lacks the capability to sign", (await signer.SignAsync(Message, CancellationToken.None)).Error, StringComparison.Ordinal);
        // What firmware before 2.5 may say instead.
        device.Failure = YubiHsmFailure.Refused(CommandCode.SignEddsa, DeviceError.InvalidData);
        Assert.Contains("lacks the capability (sign-eddsa", (await signer.SignAsync(Message, CancellationToken.None)).Error, StringComparison.Ordinal);
        device.Failure = null;
        Assert.NotNull((await signer.SignAsync(Message, CancellationToken.None)).Signature);
    }
}
