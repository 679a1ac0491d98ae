namespace Kms.Hardware.Tests.YubiHsm.Simulator;

/// <summary>Hex, as the vectors write it.</summary>
internal static class Bytes
{
    public static byte[] Of(string hex) => Convert.FromHexString(hex);

    public static string Hex(byte[]? bytes) => bytes is null ? "nothing" : Convert.ToHexStringLower(bytes);

    public static byte[] Id(int id) => [(byte)(id >> 8), (byte)(id & 0xFF)];

    /// <summary>The next card challenge is the given one; everything else is random.</summary>
    public static Func<int, byte[]> Challenges(Queue<byte[]> challenges) => count =>
        count == 8 && challenges.TryDequeue(out var challenge) ? challenge : System.Security.Cryptography.RandomNumberGenerator.GetBytes(count);
}
