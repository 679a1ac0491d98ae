using Kms.Core.Consensus;
using Kms.Core.Signing;
using Kms.Hardware.Ledger;
using static Kms.Hardware.Tests.Ledger.LedgerMessages;

namespace Kms.Hardware.Tests.Ledger;

public sealed class SignatureMemoryTests
{
    private static readonly PublicKey Key = KeyOf(1);

    [Fact]
    public void The_newest_are_kept()
    {
        var memory = new SignatureMemory();
        for (var height = 1; height <= SignatureMemory.Capacity + 1; height++)
        {
            memory.Add(Key, Prevote(height), Of(height));
            // Given again, it is no newer than before.
            memory.Add(Key, Prevote(1), Of(1));
        }

        Assert.Equal(Of(SignatureMemory.Capacity + 1), memory.Find(Key, Prevote(SignatureMemory.Capacity + 1)));
        Assert.Equal(Of(3), memory.Find(Key, Prevote(3)));
        Assert.Null(memory.Find(Key, Prevote(2)));
    }

    [Fact]
    public void A_signature_is_that_of_one_key_and_of_its_exact_bytes()
    {
        var memory = new SignatureMemory();
        memory.Add(Key, Prevote(1), Of(1));
        Assert.Equal(Of(1), memory.Find(Key, Prevote(1)));
        Assert.Null(memory.Find(KeyOf(2), Prevote(1)));
        Assert.Null(memory.Find(Key, Precommit(1)));
        Assert.Null(memory.Find(Key, Prevote(1, 0, new Timestamp(1_700_000_001, 0))));
    }

    private static PublicKey KeyOf(byte number) => new(KeyAlgorithm.Ed25519, [.. Enumerable.Repeat(number, 32)]);

    private static Signature Of(int number) => new([.. Enumerable.Repeat((byte)number, Signature.Size)]);
}
