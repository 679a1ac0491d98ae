using System.Text;
using Kms.Core.Signing;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;
using Kms.Testing;

namespace Kms.Hardware.Tests.YubiHsm;

public sealed class CommandTests
{
    private static readonly IReadOnlyList<Vector> Recorded = Vectors.Load("yubihsm/commands").All("commands");

    // Options and attestation are not used, and lists are filtered by type only.
    private static readonly string[] NotSent = ["SetOption", "GetOption", "SignAttestationCertificate"];

    [Fact]
    public void Every_recorded_command_comes_out_of_its_fields_and_its_response_is_read()
    {
        var built = 0;
        foreach (var vector in Recorded)
        {
            var code = (CommandCode)vector.Hex("code")[0];
            if (Commands.Rebuild(code, vector.Hex("request_data")) is not { } command)
            {
                Assert.True(NotSent.Contains(vector.Text("command")) || vector.Text("request_data") == "03ffff", vector.Text("command"));
                continue;
            }

            built++;
            Assert.Equal(code, command.Code);
            Assert.Equal(vector.Hex("request_data"), command.Data);
            if (vector.Text("response_code") != "7f") Assert.True(command.Reads(vector.Hex("response_data")), vector.Text("command"));
        }

        Assert.True(built > 30, $"{built} commands");
    }

    [Fact]
    public void Every_cut_of_a_response_is_refused_or_is_a_shorter_response()
    {
        // These end where the device ends them: lists, bytes, keys of several sizes.
        CommandCode[] open = [CommandCode.ListObjects, CommandCode.GetOpaque, CommandCode.ExportWrapped, CommandCode.GetDeviceInfo, CommandCode.GetPublicKey];
        foreach (var vector in Recorded.Where(v => v.Text("response_code") != "7f"))
        {
            var code = (CommandCode)vector.Hex("code")[0];
            if (Commands.Rebuild(code, vector.Hex("request_data")) is not { } command) continue;
            var response = vector.Hex("response_data");
            for (var length = 0; length < response.Length; length++)
                Assert.True(!command.Reads(response[..length]) || open.Contains(code), $"{code}, {length} of {response.Length} bytes");
            if (!open.Contains(code)) Assert.False(command.Reads([.. response, 0]), $"{code} and a byte more");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("000102")]
    [InlineData("0001020000")]
    public void A_list_has_whole_entries(string hex) =>
        Assert.Equal(hex.Length == 0, ListObjectsResponse.TryParse(Convert.FromHexString(hex), out _));

    [Fact]
    public void A_device_says_what_it_is()
    {
        Assert.True(GetDeviceInfoResponse.TryParse(Answer("GetDeviceInfo"), out var info));
        Assert.Equal(new Version(2, 0, 0), info!.Firmware);
        Assert.Equal("0123456789", info.Serial);
        Assert.Equal(62, info.LogSize);
        Assert.Equal(Frame.MaxSize, info.MaxFrameSize);
        Assert.Contains(Algorithm.Ed25519, info.Algorithms);
        Assert.Equal(Frame.MaxSizeSince24, (info with { Firmware = new Version(2, 4, 0) }).MaxFrameSize);
        for (var length = 0; length < 9; length++) Assert.False(GetDeviceInfoResponse.TryParse(Answer("GetDeviceInfo").AsSpan(0, length), out _));
    }

    [Fact]
    public void The_factory_key_says_what_it_is()
    {
        var factory = Recorded.Single(v => v.Text("command") == "GetObjectInfo" && v.Text("request_data") == "000102");
        Assert.True(GetObjectInfoResponse.TryParse(factory.Hex("response_data"), out var info));
        Assert.Equal(
            new GetObjectInfoResponse(
                Capability.All, 1, 40, Domains.All, ObjectType.AuthenticationKey, Algorithm.Aes128YubicoAuthentication, 0, 2,
                ObjectLabel.FromText("DEFAULT AUTHKEY CHANGE THIS ASAP")!, Capability.All),
            info);
        Assert.Equal("DEFAULT AUTHKEY CHANGE THIS ASAP", info!.Label.Text);
    }

    [Fact]
    public void Storage_has_five_numbers()
    {
        Assert.True(GetStorageInfoResponse.TryParse([1, 0, 0, 255, 4, 0, 3, 254, 0, 126], out var info));
        Assert.Equal(new GetStorageInfoResponse(256, 255, 1024, 1022, 126), info);
        for (var length = 0; length < 10; length++) Assert.False(GetStorageInfoResponse.TryParse(new byte[length], out _));
        Assert.False(GetStorageInfoResponse.TryParse(new byte[11], out _));
    }

    [Fact]
    public void Log_entries_are_chained_by_their_digests()
    {
        var vectors = Vectors.Load("yubihsm/log_entries");
        byte[] log = [0, 1, 0, 2, 2, .. vectors.Hex("entry_2"), .. vectors.Hex("entry_3")];
        Assert.True(GetLogEntriesResponse.TryParse(log, out var response));
        Assert.Equal((1, 2), (response!.UnloggedBoots, response.UnloggedAuthentications));
        var (first, second) = (response.Entries[0], response.Entries[1]);
        Assert.Equal((3, CommandCode.CreateSession, 10, 0xFFFF, 1, 0xFFFF, 0x83, 0x23u), (
            second.Number, second.Command, second.Length, second.SessionKey, second.TargetKey, second.SecondKey, second.Result, second.Tick));
        Assert.True(second.Follows(first));
        Assert.False(first.Follows(second));
        Assert.False((second with { Tick = 0 }).Follows(first));
        for (var length = 0; length < log.Length; length++) Assert.False(GetLogEntriesResponse.TryParse(log.AsSpan(0, length), out _));
        Assert.False(GetLogEntriesResponse.TryParse([.. log, 0], out _));
    }

    [Fact]
    public void Public_keys_become_consensus_keys()
    {
        foreach (var vector in Recorded.Where(v => v.Text("command") == "GetPublicKey"))
        {
            var data = vector.Hex("response_data");
            Assert.True(GetPublicKeyResponse.TryParse(data, out var response));
            var key = response!.ToPublicKey()!;
            if (data[0] == 46) Assert.Equal(data.AsSpan(1), key.Span);
            else Assert.Equal([(byte)(2 + (data[64] & 1)), .. data[1..33]], key.Span);
        }

        Assert.Null(new GetPublicKeyResponse(Algorithm.Secp256k1, new byte[64]).ToPublicKey());
        Assert.Null(new GetPublicKeyResponse(Algorithm.Ed25519, new byte[31]).ToPublicKey());
        Assert.Null(new GetPublicKeyResponse(Algorithm.EcP256, new byte[64]).ToPublicKey());
        Assert.False(GetPublicKeyResponse.TryParse([], out _));
    }

    [Theory]
    [InlineData("3006020101020101", "01", "01")]
    [InlineData("3006020101020102", "01", "02")]
    public void A_signature_is_a_sequence_of_two_numbers(string der, string r, string s) =>
        Assert.Equal(r.PadLeft(64, '0') + s.PadLeft(64, '0'), Secp256k1Encoding.TryReadSignature(Convert.FromHexString(der))!.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("30060201010201")]
    [InlineData("300602010102010100")]
    [InlineData("3009020101020101020101")]
    [InlineData("3003020101")]
    [InlineData("3006020100020101")]
    [InlineData("3006020101020100")]
    [InlineData("30060201ff020101")]
    [InlineData("300702020001020101")]
    [InlineData("3106020101020101")]
    [InlineData("308006020101020101")]
    [InlineData("3026022100fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141020101")]
    public void What_is_no_signature_is_refused(string der) => Assert.Null(Secp256k1Encoding.TryReadSignature(Convert.FromHexString(der)));

    [Fact]
    public void An_s_in_the_upper_half_becomes_the_other_one()
    {
        var vector = Recorded.Single(v => v.Text("command") == "SignEcdsa");
        var low = Secp256k1Encoding.TryReadSignature(vector.Hex("response_data"))!;
        Assert.True(OpenSslSecp256k1.IsLow(low.Span));
        byte[] high = OpenSslSecp256k1.OtherHalf(low.Span);
        byte[] der = [0x30, 0x46, 2, 33, 0, .. high[..32], 2, 33, 0, .. high[32..]];
        Assert.Equal(low, Secp256k1Encoding.TryReadSignature(der));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1,2,5", 0x13)]
    [InlineData("16", 0x8000)]
    [InlineData("all", 0xFFFF)]
    public void Domains_are_read_and_shown(string text, int mask)
    {
        Assert.True(Domains.TryParse(text, out var domains));
        Assert.Equal(mask, domains.Mask);
        Assert.Equal(text, domains.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("17")]
    [InlineData("1,")]
    [InlineData("+1")]
    [InlineData("ALL")]
    public void What_are_no_domains_is_refused(string text) => Assert.False(Domains.TryParse(text, out _));

    [Fact]
    public void A_label_has_at_most_40_bytes_and_nothing_that_disturbs_a_terminal()
    {
        Assert.Equal(new string('a', 40), ObjectLabel.FromText(new string('a', 40))!.Text);
        Assert.Null(ObjectLabel.FromText(new string('é', 21)));
        Assert.Equal("", ObjectLabel.Empty.Text);
        byte[] hostile = [.. Encoding.ASCII.GetBytes("a\u001b[2Jb"), .. new byte[34]];
        Assert.Equal("a?[2Jb", ObjectLabel.FromBytes(hostile).Text);
    }

    [Fact]
    public void Every_error_has_a_sentence_of_its_own()
    {
        var errors = Enum.GetValues<DeviceError>().Where(e => e != DeviceError.None).Append((DeviceError)0x0D).ToList();
        Assert.Equal(errors.Count, errors.Select(e => e.Sentence()).Distinct().Count());
        Assert.Contains("0x0d", ((DeviceError)0x0D).Sentence(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_creates_or_deletes_is_never_repeated()
    {
        var some = new NewObject(1, ObjectLabel.Empty, Domains.One, Capability.None, Algorithm.Ed25519);
        Assert.False(new GenerateAsymmetricKeyCommand(some).MayRepeat);
        Assert.False(new PutAsymmetricKeyCommand(some, new byte[32]).MayRepeat);
        Assert.False(new ImportWrappedCommand(1, new byte[30]).MayRepeat);
        Assert.False(new PutWrapKeyCommand(some, Capability.None, new byte[32]).MayRepeat);
        Assert.False(new GenerateWrapKeyCommand(some, Capability.None).MayRepeat);
        Assert.False(new PutAuthenticationKeyCommand(some, Capability.None, new byte[32]).MayRepeat);
        Assert.False(new ChangeAuthenticationKeyCommand(1, new byte[32]).MayRepeat);
        Assert.False(new PutOpaqueCommand(some, new byte[1]).MayRepeat);
        Assert.False(new DeleteObjectCommand(1, ObjectType.Opaque).MayRepeat);
        Assert.False(new ResetDeviceCommand().MayRepeat);
        Assert.False(new CloseSessionCommand().MayRepeat);
        Assert.True(new SignEddsaCommand(1, new byte[1]).MayRepeat);
        Assert.True(new SignEcdsaCommand(1, new byte[32]).MayRepeat);
    }

    [Fact]
    public void Commands_that_were_not_recorded_have_the_bytes_of_the_reference()
    {
        var some = new NewObject(0x1234, ObjectLabel.FromText("l")!, new Domains(0x8001), Capability.SignEddsa, Algorithm.Aes256CcmWrap);
        var head = "1234" + "6c" + new string('0', 78) + "8001" + "0000000000000100" + "2a";
        Assert.Equal(head + "ffffffffffffffff", Convert.ToHexStringLower(Commands.Write(new GenerateWrapKeyCommand(some, Capability.All))));
        Assert.Equal("000226" + new string('7', 64), Convert.ToHexStringLower(
            Commands.Write(new ChangeAuthenticationKeyCommand(2, Enumerable.Repeat((byte)0x77, 32).ToArray()))));
        Assert.Equal("0203", Convert.ToHexStringLower(Commands.Write(new ListObjectsCommand(ObjectType.AsymmetricKey))));
        Assert.Equal("0020", Convert.ToHexStringLower(Commands.Write(new GetPseudoRandomCommand(32))));
        Assert.Empty(Commands.Write(new GetStorageInfoCommand()));
    }

    private static byte[] Answer(string command) => Recorded.First(v => v.Text("command") == command).Hex("response_data");
}
