using System.Text;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Persistence.StateFiles;

namespace Kms.Persistence.Tests.StateFiles;

/// <summary>Random states through every format: the position never falls, and nothing is lost that the format can hold.</summary>
public class RoundTripTests
{
    private const int Rounds = 2_000;

    [Fact]
    public void CometBFT_keeps_position_sign_bytes_and_signature() => ForRandomStates((state, say) =>
    {
        var read = Through(StateFormat.CometBft, state);

        var isSigned = state is { SignBytes.Length: > 0, Signature: not null };
        var expected = new RecordedState(state.Position)
        {
            SignBytes = isSigned ? state.SignBytes : null, Signature = isSigned ? state.Signature : null,
        };
        Assert.True(read == expected, say);
        Assert.True(Through(StateFormat.CosmosKms, state) == expected, say);
    });

    [Fact]
    public void Horcrux_keeps_the_position() => ForRandomStates((state, say) =>
        Assert.True(Through(StateFormat.Horcrux, state) == new RecordedState(state.Position), say));

    [Fact]
    public void Tmkms_keeps_position_and_block_or_raises_the_position() => ForRandomStates((state, say) =>
    {
        var read = Through(StateFormat.Tmkms, state);

        if (state.Block?.Id is not null) Assert.True(read == new RecordedState(state.Position) { Block = state.Block }, say);
        else if (state.Block is not null || state.Position.Step == Step.Proposal || state.Position == Hrs.EndOf(state.Position.Height))
            Assert.True(read.Position == state.Position && read.Block?.Id is null, say);
        else Assert.True(read.Position >= state.Position && read.Position.Height == state.Position.Height, say);
    });

    [Fact]
    public void Interchange_keeps_all_but_the_signature_of_every_chain()
    {
        var random = Seeded(out var seed);
        for (var i = 0; i < Rounds / 10; i++)
        {
            var states = Enumerable.Range(0, random.Next(1, 8)).Select(n => Keyed(random, n)).ToArray();

            var text = StateFile.Render(StateFormat.Interchange, states).Text!;
            var result = StateFile.Parse(Encoding.UTF8.GetBytes(text), format: null);

            Assert.True(result.IsRead, $"seed {seed}: {result.Error}");
            Assert.True(states.Select(state => state with { Signature = null }).SequenceEqual(result.States), $"seed {seed}");
        }
    }

    [Fact]
    public void The_end_of_a_height_is_kept_by_every_format()
    {
        foreach (var format in Enum.GetValues<StateFormat>())
        {
            foreach (var height in (long[])[0, 1, 22_100_000, long.MaxValue])
            {
                var end = Hrs.EndOf(new Height(height));
                var read = Through(format, new RecordedState(end) { Chain = new ChainId("c-1") });
                Assert.Equal((end, height == 0), (read.Position, read.IsFresh));
            }
        }
    }

    private static RecordedState Through(StateFormat format, RecordedState state)
    {
        var rendered = StateFile.Render(format, [state]);
        Assert.Null(rendered.Error);
        var content = Encoding.UTF8.GetBytes(rendered.Text!);
        var read = StateFile.Parse(content, format);
        Assert.Null(read.Error);
        // What is written needs no name.
        Assert.Equal(read.States, StateFile.Parse(content, null).States);
        return Assert.Single(read.States!);
    }

    private static void ForRandomStates(Action<RecordedState, string> check)
    {
        var random = Seeded(out var seed);
        for (var i = 0; i < Rounds; i++)
        {
            var state = Random(random);
            check(state, $"seed {seed}, {state}");
        }
    }

    private static Random Seeded(out int seed)
    {
        seed = System.Random.Shared.Next();
        return new Random(seed);
    }

    private static RecordedState Random(Random random)
    {
        var height = random.Next(10) switch { 0 => 0, 1 => long.MaxValue, 2 => 1, _ => random.NextInt64(1, long.MaxValue) };
        var round = random.Next(4) switch { 0 => int.MaxValue, 1 => 0, _ => random.Next() };
        if (height == 0) return new RecordedState(Hrs.EndOf(new Height(0)));
        return new RecordedState(new Hrs(height, round, (Step)random.Next(3)))
        {
            Block = random.Next(3) switch { 0 => null, 1 => new RecordedBlock(null), _ => new RecordedBlock(Block(random)) },
            SignBytes = random.Next(2) == 0 ? null : new SignBytes(Bytes(random, random.Next(1, 300))),
            Signature = random.Next(2) == 0 ? null : new Signature(Bytes(random, Signature.Size)),
        };
    }

    private static RecordedState Keyed(Random random, int n) => Random(random) with
    {
        Chain = new ChainId($"chain-\"<&+é{n}"),
        PublicKey = random.Next(3) switch
        {
            0 => null,
            1 => new PublicKey(KeyAlgorithm.Ed25519, Bytes(random, 32)),
            _ => new PublicKey(KeyAlgorithm.Secp256k1, Bytes(random, 33)),
        },
    };

    private static BlockId Block(Random random) => new(
        BlockHash.FromBytes(Bytes(random, random.Next(4) == 0 ? 0 : 32))!, (uint)random.NextInt64(1, uint.MaxValue),
        BlockHash.FromBytes(Bytes(random, random.Next(4) == 0 ? 0 : 32))!);

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
