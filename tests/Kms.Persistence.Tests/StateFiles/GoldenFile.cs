using System.Text;
using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Persistence.StateFiles;

namespace Kms.Persistence.Tests.StateFiles;

/// <summary>The files beside this one, as real programs write them (Golden/README.md), and what they say.</summary>
/// <param name="Name">File name without its ending.</param>
/// <param name="Format">Its format, as an operator would name it.</param>
/// <param name="Detected">What is detected without a name; null when it is refused.</param>
/// <param name="States">What it says.</param>
internal sealed record GoldenFile(string Name, StateFormat Format, StateFormat? Detected, params RecordedState[] States)
{
    private const string VoteAt36 =
        "76080211240000000000000022480A20D1823B950D1A0FD7335B4E63D2B65CF9D0CEAC13DF4E9E2DFB4765D2C69C74D0122408011220DB69B3B750BBCEAB4BC86BB1"
        + "847D3E0DDB342EFAFE5731605C61A828265E09802A0C08CDF288AF0610A88CA8FE023211746573742D636861696E2D4866644B6E44";

    private const string VoteAt361402 =
        "080211BA8305000000000022480A205D4E1F722F53A3FD9E0D28639D7CE7B588338570EBA5C340687C30609C47BCA41224080112208283B6E16BEA46797F8AD4EE0ACE"
        + "424AC7A4827202446B2D56E7F4438541B7BD2A0C08E4ACE28B0610CCD0AC8302";

    private static readonly BlockHash Hash = Bytes("26C0A41F3243C6BCD7AD2DFF8A8D83A71D29D307B5326C227F734A1A512FE47D");
    private static readonly BlockHash Fives = Bytes(new string('5', 64));
    private static readonly RecordedState Fresh = new(Hrs.EndOf(new Height(0)));
    private static readonly RecordedState JunoVote = At(361402, 0, Step.Precommit) with { SignBytes = Signed("6B" + VoteAt361402 + "32066A756E6F2D31") };

    public static IReadOnlyList<GoldenFile> All { get; } =
    [
        new("tmkms-0.15-fresh", StateFormat.Tmkms, StateFormat.Tmkms, Fresh),
        new("tmkms-0.15-proposal", StateFormat.Tmkms, StateFormat.Tmkms, At(10, 0, Step.Proposal) with { Block = Block(Hash, 1, Fives) }),
        new("tmkms-0.15-nil-precommit", StateFormat.Tmkms, StateFormat.Tmkms, At(10, 3, Step.Precommit) with { Block = new(null) }),
        new("tmkms-0.12-prevote", StateFormat.Tmkms, StateFormat.Tmkms, At(398186, 2, Step.Prevote) with { Block = Block(Hash, 3, Fives) }),
        new("tmkms-0.9-precommit", StateFormat.Tmkms, StateFormat.Tmkms, At(398186, 0, Step.Precommit) with { Block = Block(Hash, 3, Fives) }),
        new("tmkms-0.9-fresh-by-hand", StateFormat.Tmkms, StateFormat.Tmkms, At(1, 0, Step.Proposal)),
        new("cometbft-fresh", StateFormat.CometBft, StateFormat.CometBft, Fresh),
        new("cometbft-precommit", StateFormat.CometBft, StateFormat.CometBft, At(36, 0, Step.Precommit) with
        {
            SignBytes = Signed(VoteAt36),
            Signature = new Signature(Convert.FromBase64String("N813twXq5yC84wKGrD85X79iXPwtVytGdD3j8btwZ5ZyAAHSkNt6NBWvrTJUcMLqefPfG3SBdPHdfOedieeYCg==")),
        }),
        new("cosmos-kms-init", StateFormat.CosmosKms, StateFormat.CometBft, At(22100000, 0, Step.Precommit)),
        new("cosmos-kms-init-new", StateFormat.CosmosKms, StateFormat.CometBft, Fresh),
        new("horcrux-new", StateFormat.Horcrux, StateFormat.Horcrux, Fresh),
        new("horcrux-state-set", StateFormat.Horcrux, StateFormat.Horcrux, new RecordedState(Hrs.EndOf(new Height(361401)))),
        new("horcrux-share", StateFormat.Horcrux, StateFormat.Horcrux, JunoVote),
        new("horcrux-3.0-share", StateFormat.Horcrux, StateFormat.Horcrux, At(361402, 0, Step.Prevote)),
        new("horcrux-single", StateFormat.Horcrux, null, JunoVote),
        new("horcrux-by-hand", StateFormat.Horcrux, null, At(361402, 0, Step.Precommit)),
        new("interchange", StateFormat.Interchange, StateFormat.Interchange,
            At(361402, 0, Step.Precommit) with
            {
                Chain = new ChainId("cosmoshub-4"),
                PublicKey = new PublicKey(KeyAlgorithm.Ed25519, Convert.FromBase64String("A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=")),
                Block = Block(
                    Bytes("5D4E1F722F53A3FD9E0D28639D7CE7B588338570EBA5C340687C30609C47BCA4"), 1,
                    Bytes("8283B6E16BEA46797F8AD4EE0ACE424AC7A4827202446B2D56E7F4438541B7BD")),
                SignBytes = Signed("70" + VoteAt361402 + "320B636F736D6F736875622D34"),
            },
            At(19000000, 2, Step.Prevote) with { Chain = new ChainId("osmosis-1"), Block = new(null) },
            Fresh with { Chain = new ChainId("new-1") },
            new RecordedState(Hrs.EndOf(new Height(long.MaxValue))) { Chain = new ChainId("raised-1") }),
    ];

    public string Text => Encoding.UTF8.GetString(Content);

    public byte[] Content
    {
        get
        {
            using var resource = typeof(GoldenFile).Assembly.GetManifestResourceStream($"Golden/{Name}")!;
            using var content = new MemoryStream();
            resource.CopyTo(content);
            return content.ToArray();
        }
    }

    public static GoldenFile Named(string name) => All.Single(file => file.Name == name);

    private static RecordedState At(long height, int round, Step step) => new(new Hrs(height, round, step));

    private static RecordedBlock Block(BlockHash hash, uint total, BlockHash parts) => new(new BlockId(hash, total, parts));

    private static BlockHash Bytes(string hex) => BlockHash.FromBytes(Convert.FromHexString(hex))!;

    private static SignBytes Signed(string hex) => new(Convert.FromHexString(hex));
}
