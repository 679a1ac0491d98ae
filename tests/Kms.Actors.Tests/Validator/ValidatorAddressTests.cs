using Kms.Actors.Validator;

namespace Kms.Actors.Tests.Validator;

public sealed class ValidatorAddressTests
{
    private const string Peer = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
    private const string Node = "e8bc42dd97b9f9d6a0fadb8754e657122998453b";

    [Theory]
    [InlineData("tcp://localhost:26658", "tcp://localhost:26658")]
    [InlineData("localhost:26658", "tcp://localhost:26658")]
    [InlineData("tcp://10.0.0.1:26658", "tcp://10.0.0.1:26658")]
    [InlineData("tcp://[::1]:26658", "tcp://[::1]:26658")]
    [InlineData("tcp://[fe80::1%eth0]:26658", "tcp://[fe80::1%eth0]:26658")]
    [InlineData($"tcp://{Node}@localhost:26658", $"tcp://{Node}@localhost:26658")]
    [InlineData($"noise://{Peer}@10.0.0.1:26658", $"noise://{Peer}@10.0.0.1:26658")]
    [InlineData($"noise://{Peer}@[::1]:26658", $"noise://{Peer}@[::1]:26658")]
    [InlineData($"noise://{Peer}@[fe80::1%eth0]:1", $"noise://{Peer}@[fe80::1%eth0]:1")]
    [InlineData($"noise://{Peer}@node.example.com:65535", $"noise://{Peer}@node.example.com:65535")]
    [InlineData("unix:///run/privval.sock", "unix:///run/privval.sock")]
    [InlineData("unix:///run/a@b:1", "unix:///run/a@b:1")]
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
    [InlineData("tcp://tcp://localhost:26658")]
    [InlineData("unix://")]
    [InlineData("noise://")]
    [InlineData($"noise://{Peer}")]
    [InlineData($"noise://{Peer}@")]
    [InlineData($"noise://@10.0.0.1:26658")]
    [InlineData($"noise://{Peer}@:26658")]
    [InlineData($"noise://{Peer}@::1:26658")]
    [InlineData($"noise://{Peer}@10.0.0.1:26658/")]
    [InlineData($"noise:// {Peer}@10.0.0.1:26658")]
    [InlineData($"noise://{Peer}@{Peer}@10.0.0.1:26658")]
    [InlineData($"noise://10.0.0.1:26658@{Peer}")]
    [InlineData($"NOISE://{Peer}@10.0.0.1:26658")]
    [InlineData($"{Peer}@10.0.0.1:26658")]
    public void Anything_else_is_refused_with_a_sentence(string text)
    {
        Assert.False(ValidatorAddress.TryParse(text, out var address, out var error));
        Assert.Null(address);
        Assert.NotEmpty(error!);
    }

    [Theory]
    [InlineData("noise://10.0.0.1:26658",
        "invalid address noise://10.0.0.1:26658: the node's peer id is missing (use noise://peerid@host:port); `cometbft show-node-id --libp2p` prints it")]
    [InlineData($"noise://{Node}@10.0.0.1:26658",
        $"invalid peer id '{Node}': this is a node id; noise:// takes the peer id, which `cometbft show-node-id --libp2p` prints")]
    [InlineData("noise://16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY@10.0.0.1:26658",
        "invalid peer id '16Uiu2HAmLhLvBoYaoZfaMUKuibM6ac163GwKY74c5kiSLg5KvLpY': not the peer id of an Ed25519 key, which begins with 12D3KooW and has 52 characters")]
    [InlineData($"noise://{Peer}@10.0.0.1",
        $"invalid address noise://{Peer}@10.0.0.1: a port is missing or not 1 to 65535 (use noise://peerid@host:port)")]
    [InlineData($"noise://{Peer}@10.0.0.1:0",
        $"invalid address noise://{Peer}@10.0.0.1:0: a port is missing or not 1 to 65535 (use noise://peerid@host:port)")]
    [InlineData($"noise://{Peer}@:26658",
        $"invalid address noise://{Peer}@:26658: '' is no host (use a name, an IPv4 address, or an IPv6 address in brackets)")]
    [InlineData($"tcp://{Peer}@10.0.0.1:26658",
        $"invalid peer id '{Peer}': a peer id has 40 hexadecimal digits; this one is for noise://")]
    [InlineData("quic://10.0.0.1:26658",
        "invalid address scheme: quic://10.0.0.1:26658 (use tcp://[peerid@]host:port, noise://peerid@host:port or unix:///path)")]
    public void What_is_likely_to_be_mistaken_has_a_sentence_that_helps(string text, string sentence)
    {
        Assert.False(ValidatorAddress.TryParse(text, out _, out var error));
        Assert.Equal(sentence, error);
    }
}
