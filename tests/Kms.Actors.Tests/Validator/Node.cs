using System.Net;
using Kms.Actors.Validator;
using Kms.Core.Consensus;
using Kms.Harness;
using Kms.Testing;

namespace Kms.Actors.Tests.Validator;

/// <summary>A validator node made of the harness, whose codec and signature checks are not the product's.</summary>
internal sealed class Node : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("kms-node");
    private readonly NodeListener _listener;

    public Node(bool tcp) : this(tcp ? new HarnessEndpoint.Tcp(IPAddress.Loopback, 0) : null) { }

    /// <param name="endpoint">Where to listen; null for a Unix socket.</param>
    public Node(HarnessEndpoint? endpoint)
    {
        endpoint ??= new HarnessEndpoint.Unix(Path.Combine(_directory.FullName, "node.sock"));
        _listener = NodeListener.TryListen(endpoint, Chain.ChainWorld.Patience, out var error) ?? throw new InvalidOperationException(error);
    }

    public NodeListener Listener => _listener;

    public ValidatorAddress Address =>
        ValidatorAddress.TryParse(_listener.Address, out var address, out var error) ? address! : throw new InvalidOperationException(error);

    public ValidatorOptions Options => new(Ask.Chain, Address, Chain.ChainWorld.Patience, Reconnect: true, null);

    public async Task<SignerConnection> AcceptAsync()
    {
        var (connection, problem) = await _listener.AcceptAsync(Chain.ChainWorld.Patience, CancellationToken.None);
        Assert.True(connection is not null, problem);
        return connection;
    }

    public static VoteMessage Prevote(long height, BlockId? block) => new(Ask.Chain, new Hrs(height, 0, Step.Prevote), block, new Timestamp(1, 0));

    public static async Task AssertAlive(SignerConnection connection) =>
        Assert.IsType<SignerReply.Pong>(await connection.PingAsync(CancellationToken.None));

    public static async Task<SignerReply.Signed> AssertSigns(SignerConnection connection, ScriptedKey key, ConsensusMessage message)
    {
        var reply = await connection.SignAsync(message, CancellationToken.None);
        Assert.True(reply is SignerReply.Signed, reply.ToString());
        Assert.Null(SignatureChecker.Check(key.PublicKey, message, (SignerReply.Signed)reply, extensionSignatures: 0).Problem);
        return (SignerReply.Signed)reply;
    }

    public static async Task<string> AssertRefuses(SignerConnection connection, ConsensusMessage message, int code)
    {
        var reply = await connection.SignAsync(message, CancellationToken.None);
        Assert.True(reply is SignerReply.Error, reply.ToString());
        var error = (SignerReply.Error)reply;
        Assert.Equal(code, error.Code);
        Assert.Null(error.Leaked);
        return error.Text;
    }

    public void Dispose()
    {
        _listener.Dispose();
        _directory.Delete(recursive: true);
    }
}
