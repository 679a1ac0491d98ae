using CsCheck;
using Kms.Core.Consensus;
using Kms.Protocol.SignBytes;

namespace Kms.Protocol.Tests.Properties;

/// <summary>Sign bytes say what is signed, all of it and nothing else: the rules compare them instead of the messages.</summary>
public class SignBytesProperties
{
    private static readonly Gen<(ChainId Chain, SignedMessage Message)> Message = Gen.Select(
        Gen.Select(Generators.Chain, Generators.Height, Generators.Round, Gen.Enum<Step>()),
        Gen.Select(Generators.Block, Generators.Round, Generators.Time),
        (at, what) => Signed(at.Item1, new Hrs(at.Item2, at.Item3, at.Item4), what.Item1, what.Item2, what.Item3));

    [Fact]
    public void A_message_is_read_back_from_its_sign_bytes() => Message.Sample(signed =>
    {
        Assert.True(CanonicalMessage.TryParse(signed.Message.SignBytes, out var chain, out var message));
        Assert.Equal(signed, (chain, message));
    }, iter: 20_000);

    [Fact]
    public void Two_messages_never_have_the_same_sign_bytes() => Gen.Select(Message, Message).Sample((one, other) =>
        Assert.Equal(Fields(one) == Fields(other), one.Message.SignBytes == other.Message.SignBytes), iter: 20_000);

    // Two random messages differ in everything; these two differ in one thing, or in none.
    [Fact]
    public void A_message_with_one_field_of_another_has_its_own_sign_bytes() => Gen.Select(Message, Message, Gen.Int[0, 6]).Sample((one, other, field) =>
    {
        var (from, with) = (one.Message, other.Message);
        var mixed = Signed(
            field == 0 ? other.Chain : one.Chain,
            new Hrs(
                field == 1 ? with.Hrs.Height : from.Hrs.Height, field == 2 ? with.Hrs.Round : from.Hrs.Round, field == 3 ? with.Hrs.Step : from.Hrs.Step),
            field == 4 ? with.Block : from.Block,
            (field == 5 ? with : from).PolRound ?? 0,
            field == 6 ? with.Timestamp : from.Timestamp);

        Assert.Equal(Fields(one) == Fields(mixed), one.Message.SignBytes == mixed.Message.SignBytes);
    }, iter: 50_000);

    [Fact]
    public void A_vote_extension_is_never_taken_for_a_message_whatever_is_in_it() =>
        Gen.Select(
            Generators.Chain, Generators.Height, Generators.Round,
            Gen.OneOf(Gen.Byte.Array[0, 200], Message.Select((_, message) => message.SignBytes.Span.ToArray())))
            .Sample((chain, height, round, extension) =>
                Assert.False(CanonicalMessage.TryParse(CanonicalSignBytes.VoteExtension(chain, height, round, extension), out _, out _)), iter: 20_000);

    [Fact]
    public void Whatever_bit_of_sign_bytes_is_flipped_they_are_refused_or_say_something_else() =>
        Gen.Select(Message, Gen.Int[0, 4095]).Sample((signed, at) =>
        {
            var bytes = signed.Message.SignBytes.Span.ToArray();
            bytes[at / 8 % bytes.Length] ^= (byte)(1 << (at % 8));

            if (!CanonicalMessage.TryParse(new Core.Consensus.SignBytes(bytes), out var chain, out var message)) return;
            Assert.NotEqual(Fields(signed), Fields((chain, message)));
            Assert.Equal(message.SignBytes, CanonicalSignBytes.Of(chain, message));
        }, iter: 50_000);

    private static (ChainId Chain, SignedMessage Message) Signed(ChainId chain, Hrs hrs, BlockId? block, int polRound, Timestamp timestamp)
    {
        var message = new SignedMessage(hrs, block, hrs.Step == Step.Proposal ? polRound : null, timestamp, new Core.Consensus.SignBytes([]));
        return (chain, message with { SignBytes = CanonicalSignBytes.Of(chain, message) });
    }

    private static (ChainId, SignedMessage) Fields((ChainId Chain, SignedMessage Message) signed) =>
        (signed.Chain, signed.Message with { SignBytes = new Core.Consensus.SignBytes([]) });
}
