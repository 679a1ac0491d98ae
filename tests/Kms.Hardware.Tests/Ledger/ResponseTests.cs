using Kms.Hardware.Ledger;
using Kms.Hardware.Ledger.Commands;

namespace Kms.Hardware.Tests.Ledger;

public sealed class ResponseTests
{
    [Theory]
    [InlineData("")]
    [InlineData("90")]
    public void An_answer_without_a_status_is_none(string bytes) => Assert.False(ApduResponse.TryParse(Convert.FromHexString(bytes), out _));

    [Fact]
    public void An_answer_longer_than_any_is_none() => Assert.False(ApduResponse.TryParse(new byte[Apdu.MaxSize + 1], out _));

    // The same failure always has the same remedy.
    [Theory]
    [InlineData(0x5515, LedgerCause.AppUnavailable, "unlock it and open the Tendermint app")]
    [InlineData(0x6804, LedgerCause.AppUnavailable, "unlock it and open the Tendermint app")]
    [InlineData(0x6982, LedgerCause.AppUnavailable, "unlock it and open the Tendermint app")]
    [InlineData(0x6B0C, LedgerCause.AppUnavailable, "unlock it and open the Tendermint app")]
    [InlineData(0x6E01, LedgerCause.AppUnavailable, "unlock it and open the Tendermint app")]
    [InlineData(0x6D00, LedgerCause.AppUnavailable, "another app is open on the device, or none: open the Tendermint app")]
    [InlineData(0x6E00, LedgerCause.AppUnavailable, "another app is open on the device, or none: open the Tendermint app")]
    [InlineData(0x6983, LedgerCause.Refused, "longer than the app's buffer")]
    [InlineData(0x6984, LedgerCause.Refused, "cannot sign this message: it does not say why")]
    [InlineData(0x6985, LedgerCause.Refused, "double-sign rule")]
    [InlineData(0x6986, LedgerCause.Refused, "rejected on the device")]
    [InlineData(0x6400, LedgerCause.Broken, "the app failed (status 6400)")]
    [InlineData(0x6700, LedgerCause.Broken, "too short")]
    [InlineData(0x6F00, LedgerCause.Broken, "the app failed (status 6f00)")]
    [InlineData(0x6F01, LedgerCause.Broken, "the app failed (status 6f01)")]
    [InlineData(0x6812, LedgerCause.Broken, "not known here (6812)")]
    [InlineData(0x0000, LedgerCause.Broken, "not known here (0000)")]
    public void Every_status_says_what_to_do(int status, LedgerCause cause, string sentence)
    {
        Assert.Equal(cause, ((StatusWord)status).Cause());
        Assert.Contains(sentence, ((StatusWord)status).Sentence([]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("01", "ends too early")]
    [InlineData("02", "a field where the app expects another")]
    [InlineData("03", "vote extension")]
    [InlineData("04", "no prevote, precommit or proposal")]
    [InlineData("05", "height is negative")]
    [InlineData("06", "round is negative")]
    [InlineData("07", "longer than 127 bytes")]
    [InlineData("08", "a number in it is too long")]
    [InlineData("09", "not known here (09)")]
    [InlineData("0101", "does not say why")]
    public void A_message_that_the_app_cannot_read_is_explained(string data, string sentence) =>
        Assert.Contains(sentence, StatusWord.InvalidMessage.Sentence(Convert.FromHexString(data)), StringComparison.Ordinal);

    [Theory]
    [InlineData("00000901", "0.9.1", false, true)]
    [InlineData("ff000900", "0.9.0", true, true)]
    [InlineData("00010000", "1.0.0", false, true)]
    [InlineData("00000803", "0.8.3", false, false)]
    public void Versions(string data, string version, bool isTestBuild, bool isUsable)
    {
        Assert.True(GetVersionResponse.TryParse(Convert.FromHexString(data), out var response));
        Assert.Equal((Version.Parse(version), isTestBuild, isUsable), (response.Version, response.IsTestBuild, response.Problem is null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("000009")]
    [InlineData("0000090100")]
    [InlineData("01000901")]
    public void What_is_no_version_is_refused(string data) => Assert.False(GetVersionResponse.TryParse(Convert.FromHexString(data), out _));

    [Fact]
    public void Keys_and_signatures_have_one_size()
    {
        for (var size = 0; size <= Apdu.MaxSize; size++)
        {
            Assert.Equal(size == 32, GetPublicKeyResponse.TryParse(new byte[size], out _));
            Assert.Equal(size == 64, SignResponse.TryParse(new byte[size], out _));
            Assert.Equal(size == 0, SignPartResponse.TryParse(new byte[size], out _));
        }
    }

    [Fact]
    public void The_name_of_the_app()
    {
        var data = Convert.FromHexString("010542" + "4f4c4f53" + "05" + "312e362e31" + "0100");
        Assert.Equal("b001000000", Convert.ToHexStringLower(new GetAppNameCommand().Apdu.ToBytes()));
        Assert.True(GetAppNameResponse.TryParse(data, out var response));
        Assert.Equal((GetAppNameResponse.Dashboard, "1.6.1"), (response.Name, response.Version));
        // Flags may be missing; everything before may not.
        for (var size = 0; size < data.Length - 2; size++) Assert.False(GetAppNameResponse.TryParse(data.AsSpan(0, size), out _));
        Assert.False(GetAppNameResponse.TryParse([1, 1, (byte)'\n', 0], out _));
        Assert.False(GetAppNameResponse.TryParse([2, .. data[1..]], out _));
    }

    [Fact]
    public void A_message_of_no_bytes_is_not_sent() =>
        Assert.Throws<InvalidOperationException>(() => new SignCommand(new Core.Consensus.SignBytes([])).Parts());
}
