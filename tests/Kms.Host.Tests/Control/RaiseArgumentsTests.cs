using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Host.Control;
using Kms.Protocol.SignBytes;
using Kms.Testing;

namespace Kms.Host.Tests.Control;

public class RaiseArgumentsTests
{
    [Fact]
    public void A_claim_comes_through_and_what_is_none_is_a_format_error()
    {
        var hrs = new Hrs(100, 0, Step.Prevote);
        var fields = new SignedMessage(hrs, Ask.A, null, new Timestamp(7, 0), new SignBytes([]));
        var message = fields with { SignBytes = CanonicalSignBytes.Of(Ask.Chain, fields) };
        var claim = new FloorClaim(hrs, "a file") { Message = message };
        var arguments = RaiseArguments.Of(Ask.Chain, claim);

        Assert.Equal(claim, arguments.ToClaim());
        Assert.Throws<FormatException>(() => (arguments with { Floor = new PositionJson(101, 0, 1) }).ToClaim());
        Assert.Throws<FormatException>(() => (arguments with { Floor = new PositionJson(-1, 0, 1) }).ToClaim());
        Assert.Throws<FormatException>(() => (arguments with { SignBytes = "00" }).ToClaim());
        Assert.Throws<FormatException>(() => (arguments with { SignBytes = "0" }).ToClaim());
    }
}
