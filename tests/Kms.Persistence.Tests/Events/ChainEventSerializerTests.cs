using System.Runtime.Serialization;
using Akka.Actor;
using Google.Protobuf;
using Kms.Core.Consensus;
using Kms.Core.DoubleSign;
using Kms.Persistence.Events;
using Kms.Testing;
using Xunit.Abstractions;
using ByteString = Google.Protobuf.ByteString;
using Wire = Kms.Persistence.Events.Wire;

namespace Kms.Persistence.Tests.Events;

/// <summary>What is in the journal is read back as it was, by this release and by every later one, or not at all.</summary>
public sealed class ChainEventSerializerTests(ITestOutputHelper output) : IDisposable
{
    private readonly ActorSystem _system = ActorSystem.Create("serializer", "akka { loglevel = OFF, stdout-loglevel = OFF }");

    private ChainEventSerializer Serializer => new((ExtendedActorSystem)_system);

    public void Dispose() => _system.Dispose();

    public static TheoryData<int> Golden => new(Enumerable.Range(0, GoldenBytes.All.Count));

    private static IReadOnlyList<object> Samples =>
    [
        new ChainEvent.WatermarkAdvanced(Ask.Chain, SignedMessage.Of(Ask.Precommit(100, 1, Ask.A))),
        new ChainEvent.WatermarkAdvanced(Ask.Chain, SignedMessage.Of(Ask.Prevote(long.MaxValue, int.MaxValue, null))),
        new ChainEvent.WatermarkAdvanced(Ask.Chain, SignedMessage.Of(Ask.Proposal(1, 0, Ask.B, pol: -1))),
        new ChainEvent.WatermarkAdvanced(Ask.Chain, SignedMessage.Of(Ask.Proposal(1, 3, Ask.B, pol: 2))),
        new ChainEvent.WatermarkAdvanced(new ChainId([0xFF, 0x00]), SignedMessage.Of(Ask.Prevote(1, 0, new BlockId(BlockHash.FromBytes([])!, uint.MaxValue, Ask.Hash(1))))),
        new ChainEvent.FloorRaised(Ask.Chain, Hrs.EndOf(new Height(9)), "who, why – and ünïcode"),
        new ChainEvent.FloorRaised(Ask.Chain, new Hrs(0, 0, Step.Proposal), ""),
        new Watermark(Ask.Chain, new Hrs(1, 0, Step.Proposal), SignedMessage.Of(Ask.Proposal(1, 0, Ask.A))),
        new Watermark(Ask.Chain, new Hrs(1, 0, Step.Proposal), null),
    ];

    [Fact]
    public void Every_event_and_the_snapshot_round_trip()
    {
        foreach (var sample in Samples)
            Assert.Equal(sample, Serializer.FromBinary(Serializer.ToBinary(sample), Serializer.Manifest(sample)));
    }

    [Fact]
    public void No_event_lacks_a_manifest_and_no_two_share_one()
    {
        var stored = typeof(ChainEvent).GetNestedTypes().Where(t => t.IsSubclassOf(typeof(ChainEvent))).Append(typeof(Watermark)).ToHashSet();
        Assert.Equal(stored, Samples.Select(s => s.GetType()).ToHashSet());
        var manifests = Samples.Select(s => (s.GetType(), Manifest: Serializer.Manifest(s))).Distinct().ToList();
        Assert.Equal(stored.Count, manifests.Count);
        Assert.Equal(stored.Count, manifests.Select(m => m.Manifest).Distinct().Count());
    }

    [Fact]
    public void The_identifier_is_in_every_row_and_never_changes() => Assert.Equal(3701, Serializer.Identifier);

    [Theory]
    [MemberData(nameof(Golden))]
    public void Bytes_of_a_released_version_keep_their_meaning(int index)
    {
        var (version, manifest, hex, value) = GoldenBytes.All[index];
        output.WriteLine($"{version} {manifest} {hex}");
        Assert.Equal(value, Serializer.FromBinary(Convert.FromHexString(hex), manifest));
        Assert.Equal(manifest, Serializer.Manifest(value));
        Assert.Equal(hex, Convert.ToHexStringLower(Serializer.ToBinary(value)));
    }

    [Fact]
    public void Every_manifest_has_golden_bytes() =>
        Assert.Equal(Samples.Select(Serializer.Manifest).ToHashSet(), GoldenBytes.All.Select(g => g.Manifest).ToHashSet());

    [Theory]
    [InlineData("")]
    [InlineData("wa")]
    [InlineData("WB")]
    [InlineData("Kms.Core.DoubleSign.Watermark, Kms.Core")]
    public void An_unknown_manifest_is_refused(string manifest) =>
        Assert.Contains("not an event of this release", Assert.Throws<SerializationException>(() => Serializer.FromBinary([], manifest)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_type_is_refused()
    {
        Assert.Throws<SerializationException>(() => Serializer.ToBinary("text"));
        Assert.Throws<SerializationException>(() => Serializer.Manifest("text"));
    }

    public static TheoryData<string, string, byte[]> Unwritten => new()
    {
        { "a missing message", "WA", new Wire.WatermarkAdvanced().ToByteArray() },
        { "nothing at all", "FR", [] },
        { "nothing at all", "WM", [] },
        { "no position", "WA", Advanced(m => m.Hrs = null) },
        { "a negative height", "WA", Advanced(m => m.Hrs.Height = -1) },
        { "a negative round", "WA", Advanced(m => m.Hrs.Round = -1) },
        { "step 3", "WA", Advanced(m => m.Hrs.Step = 3) },
        { "step -1", "WA", Advanced(m => m.Hrs.Step = -1) },
        { "no sign bytes", "WA", Advanced(m => m.SignBytes = ByteString.Empty) },
        { "a hash of 31 bytes", "WA", Advanced(m => m.Block.Hash = ByteString.CopyFrom(new byte[31])) },
        { "a parts hash of 33 bytes", "WA", Advanced(m => m.Block.PartsHash = ByteString.CopyFrom(new byte[33])) },
        { "a timestamp after the year 9999", "WA", Advanced(m => m.TimestampSeconds = 253_402_300_800) },
        { "a second of more than 999,999,999 ns", "WA", Advanced(m => m.TimestampNanos = 1_000_000_000) },
        { "negative nanoseconds", "WA", Advanced(m => m.TimestampNanos = -1) },
        { "a floor at step 7", "FR", new Wire.FloorRaised { Floor = new Wire.Hrs { Step = 7 } }.ToByteArray() },
        { "a negative floor", "WM", new Wire.Watermark { Floor = new Wire.Hrs { Height = long.MinValue } }.ToByteArray() },
        { "a snapshot of a message without a position", "WM", new Wire.Watermark { Floor = new Wire.Hrs(), Last = new Wire.SignedMessage() }.ToByteArray() },
        { "a note that is not UTF-8", "FR", [0x12, 0x00, 0x1A, 0x01, 0xFF] },
        { "an announced length beyond the end", "WA", [0x0A, 0x7F, 0x01] },
    };

    [Theory]
    [MemberData(nameof(Unwritten))]
    public void What_no_release_wrote_stops_recovery(string what, string manifest, byte[] bytes)
    {
        output.WriteLine(what);
        Assert.Throws<SerializationException>(() => Serializer.FromBinary(bytes, manifest));
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_read_and_nothing_else_happens()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var i = 0; i < 30_000; i++)
        {
            var (_, manifest, hex, _) = GoldenBytes.All[random.Next(GoldenBytes.All.Count)];
            var bytes = Damage(Convert.FromHexString(hex), random);
            try
            {
                var read = Serializer.FromBinary(bytes, manifest);
                Assert.Equal(read, Serializer.FromBinary(Serializer.ToBinary(read), manifest));
            }
            catch (SerializationException)
            {
                // The one thing recovery expects.
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"{manifest} {Convert.ToHexStringLower(bytes)}: {e}");
            }
        }
    }

    private static byte[] Damage(byte[] bytes, Random random)
    {
        if (random.Next(10) == 0)
        {
            var noise = new byte[random.Next(200)];
            random.NextBytes(noise);
            return noise;
        }

        for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(3) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] Advanced(Action<Wire.SignedMessage> spoil)
    {
        var hash = ByteString.CopyFrom(new byte[32]);
        var message = new Wire.SignedMessage
        {
            Hrs = new Wire.Hrs { Height = 1 },
            Block = new Wire.BlockId { Hash = hash, PartsTotal = 1, PartsHash = hash },
            SignBytes = ByteString.CopyFrom(1),
        };
        spoil(message);
        return new Wire.WatermarkAdvanced { ChainId = ByteString.CopyFromUtf8("chain"), Message = message }.ToByteArray();
    }
}
