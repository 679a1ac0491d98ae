namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>What every new object has.</summary>
/// <param name="Id">1 to 0xfffe; 0 lets the device choose.</param>
/// <param name="Label">Its label.</param>
/// <param name="Domains">Domains of the session's authentication key.</param>
/// <param name="Capabilities">What it may be used for; within what is delegated to the session's authentication key.</param>
/// <param name="Algorithm">What it is.</param>
public sealed record NewObject(ushort Id, ObjectLabel Label, Domains Domains, Capability Capabilities, Algorithm Algorithm)
{
    /// <summary>Size in bytes.</summary>
    internal const int Size = 2 + ObjectLabel.Size + 2 + 8 + 1;

    internal void Write(ref ByteWriter writer)
    {
        writer.UInt16(Id);
        writer.Bytes(Label.Span);
        writer.UInt16(Domains.Mask);
        writer.UInt64((ulong)Capabilities);
        writer.Byte((byte)Algorithm);
    }
}
