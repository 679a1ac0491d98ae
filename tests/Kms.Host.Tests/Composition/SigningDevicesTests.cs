using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.SoftSign;
using Kms.Host.Check;
using Kms.Host.Composition;
using Kms.Host.Config;
using Kms.Testing.YubiHsm;

namespace Kms.Host.Tests.Composition;

/// <summary>From tmkms.toml to devices that were tried, over HTTP against two simulated ones.</summary>
public sealed class SigningDevicesTests : IAsyncDisposable
{
    private static readonly byte[] Seed = [.. Enumerable.Repeat((byte)5, 32)];
    private static readonly PublicKey Key = SoftSigner.FromSeed(Seed).PublicKey;

    private readonly YubiHsmDevice _one = new();
    private readonly YubiHsmDevice _two = new();
    private readonly YubiHsmConnector _first;
    private readonly YubiHsmConnector _second;

    public SigningDevicesTests()
    {
        foreach (var device in new[] { _one, _two }) HostSession.Open(device).PutKey(1, Seed);
        _one.Faults.CloseSessions();
        _two.Faults.CloseSessions();
        (_first, _second) = (YubiHsmConnector.Start(_one), YubiHsmConnector.Start(_two));
    }

    private string First => $"yubihsm 127.0.0.1:{_first.Port}";

    private string Second => $"yubihsm 127.0.0.1:{_second.Port}";

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task A_device_is_tried_and_its_session_closed_again()
    {
        using var devices = await SigningDevices.OpenAsync(Config(Section(_first)));
        Assert.Empty(devices.Errors);
        Assert.Empty(devices.Warnings);
        var signer = Assert.Single(devices.Signers);
        Assert.Equal((new ChainId("a"), "yubihsm", Key), (signer.Key, signer.Value.Provider, signer.Value.PublicKey));
        Assert.Equal([(new DeviceKeyId("0x0001"), Key)], Assert.Single(devices.All).Keys.Select(k => (k.Key, k.Value)));
        Assert.Equal((1, 0), (_one.Signatures, _one.Sessions));
    }

    public static TheoryData<string, string> Causes => new()
    {
        { "no connector", "nothing listens there: start yubihsm-connector, or correct adapter.addr" },
        { "no device", "it has no device, or the device does not answer (500): plug it in" },
        { "wrong password", "authentication failed: the password of authentication key 0x0001 is wrong" },
        { "no authentication key", "the device has no authentication key 0x0009: see auth.key" },
        { "key id absent", "key 0x0007 is not in the device, or shares no domain with the authentication key" },
        { "wrong algorithm", "YubiHSM key 0x0001 is not a valid Secp256k1 key: it is of Ed25519" },
        { "capability missing", "lacks the capability" },
        { "no free session", "all 16 sessions of the device are in use: close other programs that use it" },
        { "no password file", "the password file /nowhere/password does not exist" },
    };

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task What_is_wrong_with_a_device_is_said_in_a_sentence(string cause, string sentence)
    {
        var section = Section(_first);
        switch (cause)
        {
            case "no connector": await _first.StopAsync(); break;
            case "no device": _one.Faults.Unplug(); break;
            case "wrong password": section = section.Replace("\"password\"", "\"Password\"", StringComparison.Ordinal); break;
            case "no authentication key": section = section.Replace("{ key = 1, password", "{ key = 9, password", StringComparison.Ordinal); break;
            case "key id absent": section = section.Replace("key = 1 }", "key = 7 }", StringComparison.Ordinal); break;
            case "wrong algorithm": section = section.Replace("key = 1 }", "key = 1, algorithm = \"secp256k1\" }", StringComparison.Ordinal); break;
            case "capability missing":
                HostSession.Open(_one).PutAuthenticationKey(9, "password", DeviceCapabilities.GetOpaque);
                section = section.Replace("{ key = 1, password", "{ key = 9, password", StringComparison.Ordinal);
                break;
            case "no free session": _one.Faults.SessionsFull = true; break;
            case "no password file": section = section.Replace("password = \"password\"", "password_file = \"/nowhere/password\"", StringComparison.Ordinal); break;
            default: throw new ArgumentOutOfRangeException(nameof(cause));
        }

        var config = Config(section);
        using var devices = await SigningDevices.OpenAsync(config);
        var error = Assert.Single(devices.Errors).Sentence;
        Assert.StartsWith("yubihsm: ", error, StringComparison.Ordinal);
        Assert.Contains(sentence, error, StringComparison.Ordinal);

        var finding = Assert.Single(await FindingsAsync(config));
        Assert.Equal((Severity.Error, error, cause == "no password file" ? 9 : 8), (finding.Severity, finding.Remark.Message, finding.Remark.Line));
    }

    [Fact]
    public async Task Two_devices_with_one_key_are_one_signer_in_the_order_of_the_file()
    {
        var config = Config(Section(_second), Section(_first));
        using var devices = await SigningDevices.OpenAsync(config);
        Assert.Empty(devices.Errors);
        Assert.Empty(devices.Warnings);
        Assert.Equal(($"{Second}, {First}", Key), (devices.Signers[new ChainId("a")].Provider, devices.Signers[new ChainId("a")].PublicKey));
        Assert.Equal([Second, First], devices.All.Select(options => options.Device.Name));
        var note = Assert.Single(await FindingsAsync(config));
        Assert.Equal((Severity.Note, $"chain a signs with {Second}; {First} signs when that one does not"), (note.Severity, note.Remark.Message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_one_of_two_devices_there_is_a_warning_and_the_other_must_hold_its_key(bool firstIsMissing)
    {
        (firstIsMissing ? _one : _two).Faults.Unplug();
        using var devices = await SigningDevices.OpenAsync(Config(Section(_first), Section(_second)));
        Assert.Empty(devices.Errors);
        var warning = Assert.Single(devices.Warnings).Sentence;
        Assert.StartsWith(firstIsMissing ? First : Second, warning, StringComparison.Ordinal);
        Assert.EndsWith("until then its chains have the other device alone", warning, StringComparison.Ordinal);
        Assert.Equal(Key, devices.Signers[new ChainId("a")].PublicKey);
        Assert.All(devices.All, options => Assert.Equal([Key], options.Keys.Values));
        Assert.Equal(2, devices.All.Count);
    }

    [Fact]
    public async Task Without_both_devices_both_reasons_are_errors()
    {
        _one.Faults.Unplug();
        await _second.StopAsync();
        using var devices = await SigningDevices.OpenAsync(Config(Section(_first), Section(_second)));
        Assert.Equal([First, Second], devices.Errors.Select(error => error.Sentence[..First.Length]));
    }

    [Fact]
    public async Task A_missing_device_that_alone_holds_the_key_of_another_chain_is_an_error()
    {
        _one.Faults.Unplug();
        var section = Section(_first).Replace("[\"a\"]", "[\"a\", \"b\"]", StringComparison.Ordinal);
        using var devices = await SigningDevices.OpenAsync(Config("[[chain]]\nid = \"b\"\nkey_format = { type = \"hex\" }\n" + section, Section(_second)));
        Assert.StartsWith(First, Assert.Single(devices.Errors).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_devices_with_different_keys_are_an_error()
    {
        HostSession.Open(_two).PutKey(2, [.. Enumerable.Repeat((byte)6, 32)]);
        var config = Config(Section(_first), Section(_second).Replace("key = 1 }", "key = 2 }", StringComparison.Ordinal));
        using var devices = await SigningDevices.OpenAsync(config);
        var error = Assert.Single(devices.Errors).Sentence;
        Assert.StartsWith($"chain a: {First} and {Second} hold different keys ({Key} and ", error, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<Finding>> FindingsAsync(KmsConfig config)
    {
        var findings = new Findings("tmkms.toml", config);
        await DeviceCheck.RunAsync(config, findings);
        return findings.All;
    }

    // The first section begins at line 7.
    private static KmsConfig Config(params string[] sections)
    {
        var text = "[[chain]]\nid = \"a\"\nkey_format = { type = \"hex\" }\n[[validator]]\nchain_id = \"a\"\naddr = \"unix:///s\"\n" + string.Concat(sections);
        var result = KmsConfigLoader.Parse(text, "tmkms.toml", null);
        Assert.Empty(result.Errors);
        return result.Config!;
    }

    private static string Section(YubiHsmConnector connector) => $$"""
        [[providers.yubihsm]]
        adapter = { type = "http", addr = "{{connector.Address}}", timeout_ms = 60000 }
        auth = { key = 1, password = "password" }
        keys = [{ chain_ids = ["a"], key = 1 }]

        """;
}
