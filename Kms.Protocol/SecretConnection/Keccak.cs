using System.Buffers.Binary;
using System.Numerics;

namespace Kms.Protocol.SecretConnection;

/// <summary>The Keccak-f[1600] permutation (FIPS 202, section 3), which the base library offers only inside its hash functions.</summary>
internal static class Keccak
{
    /// <summary>State size in bytes.</summary>
    public const int StateSize = 200;

    private static readonly ulong[] RoundConstants =
    [
        0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000, 0x000000000000808B, 0x0000000080000001,
        0x8000000080008081, 0x8000000000008009, 0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
        0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
        0x000000000000800A, 0x800000008000000A, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
    ];

    // Walking the lanes in the order of pi, with the offsets of rho.
    private static readonly int[] PiLane = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
    private static readonly int[] RhoOffset = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];

    /// <summary>Permutes 200 bytes in place.</summary>
    public static void Permute(Span<byte> state)
    {
        Span<ulong> a = stackalloc ulong[25];
        Span<ulong> c = stackalloc ulong[5];
        for (var i = 0; i < 25; i++) a[i] = BinaryPrimitives.ReadUInt64LittleEndian(state[(8 * i)..]);

        foreach (var constant in RoundConstants)
        {
            for (var x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
            for (var x = 0; x < 5; x++)
            {
                var d = c[(x + 4) % 5] ^ BitOperations.RotateLeft(c[(x + 1) % 5], 1);
                for (var y = 0; y < 25; y += 5) a[x + y] ^= d;
            }

            var carried = a[1];
            for (var i = 0; i < 24; i++) (a[PiLane[i]], carried) = (BitOperations.RotateLeft(carried, RhoOffset[i]), a[PiLane[i]]);

            for (var y = 0; y < 25; y += 5)
            {
                for (var x = 0; x < 5; x++) c[x] = a[y + x];
                for (var x = 0; x < 5; x++) a[y + x] = c[x] ^ (~c[(x + 1) % 5] & c[(x + 2) % 5]);
            }

            a[0] ^= constant;
        }

        for (var i = 0; i < 25; i++) BinaryPrimitives.WriteUInt64LittleEndian(state[(8 * i)..], a[i]);
        a.Clear();
    }
}
