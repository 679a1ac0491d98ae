using Kms.Actors.Validator;

namespace Kms.Actors.Tests.Validator;

public sealed class ValidatorAddressTests
{
    [Theory]
    [InlineData("tcp://localhost:26658", "tcp://localhost:26658")]
    [InlineData("localhost:26658", "tcp://localhost:26658")]
    [InlineData("tcp://10.0.0.1:26658", "tcp://10.0.0.1:26658")]
    [InlineData("tcp://[::1]:26658", "tcp://[::1]:26658")]
    [InlineData("tcp://[fe80::1%eth0]:26658", "tcp://[fe80::1%eth0]:26658")]
    [InlineData("unix:///run/privval.sock", "unix:///run/privval.sock")]
    public void An_address_is_read_and_printed(string text, string printed)
    {
        Assert.True(ValidatorAddress.TryParse(text, out var address, out var error), error);
        Assert.Equal(printed, address!.ToString());
    }

    [Theory]
    [InlineData("tcp://::1:26658")]
    [InlineData("tcp://[::1:26658")]
    [InlineData("tcp://::1]:26658")]
    [InlineData("tcp://[]:26658")]
    [InlineData("tcp://[localhost]:26658")]
    [InlineData("tcp://:26658")]
    [InlineData("tcp://a b:26658")]
    [InlineData("tcp://a/b:26658")]
    [InlineData("tcp://localhost")]
    [InlineData("tcp://localhost:0")]
    [InlineData("tcp://localhost:65536")]
    [InlineData("http://localhost:26658")]
    [InlineData("tcp://zzzz@localhost:26658")]
    [InlineData("unix://")]
    public void Anything_else_is_refused_with_a_sentence(string text)
    {
        Assert.False(ValidatorAddress.TryParse(text, out var address, out var error));
        Assert.Null(address);
        Assert.NotEmpty(error!);
    }
}
