using System.Buffers.Binary;
using Kms.Core.Consensus;

namespace Kms.Hardware.Ledger.Commands;

/// <summary>The message that sets the app's height and round deliberately: a canonical vote whose type is that of a proposal, with nothing but height,
/// round and chain id. It is valid on no chain, as no vote has this type and a proposal has its timestamp where this has its chain id: its signature is of no
/// use to anybody. Afterwards the app signs the prevote and the precommit of that height and round and all that is above, but no proposal there.</summary>
public static class InitMessage
{
    /// <summary>The bytes to sign. Whether the app takes them tells <see cref="AppRules.Read"/>.</summary>
    /// <param name="chain">At most <see cref="ChainId.MaxLength"/> bytes.</param>
    /// <param name="height">The height, shown on the device.</param>
    /// <param name="round">The round, shown on the device.</param>
    public static SignBytes Of(ChainId chain, Height height, Round round)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        List<byte> payload = [0x08, 0x20, 0x11];
        BinaryPrimitives.WriteInt64LittleEndian(number, height.Value);
        payload.AddRange(number);
        if (round.Value != 0)
        {
            BinaryPrimitives.WriteInt64LittleEndian(number, round.Value);
            payload.Add(0x19);
            payload.AddRange(number);
        }

        payload.Add(0x32);
        payload.Add(checked((byte)chain.Utf8.Length));
        payload.AddRange(chain.Utf8);
        return new SignBytes([checked((byte)payload.Count), .. payload]);
    }
}
