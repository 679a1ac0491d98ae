using System.Buffers.Binary;
using Kms.Hardware.YubiHsm;
using Kms.Hardware.YubiHsm.Commands;

namespace Kms.Hardware.Tests.YubiHsm;

/// <summary>What a command is without its type: its bytes, and how its response is read.</summary>
/// <param name="Code">The code.</param>
/// <param name="Data">What it writes.</param>
/// <param name="Reads">Whether bytes are a response to it.</param>
public sealed record BuiltCommand(CommandCode Code, byte[] Data, Func<byte[], bool> Reads);

/// <summary>Commands taken apart and put together again by the product: what was recorded must come out.</summary>
public static class Commands
{
    /// <summary>Builds the command of recorded bytes; null for what the product does not send.</summary>
    public static BuiltCommand? Rebuild(CommandCode code, byte[] data) => code switch
    {
        CommandCode.Echo => Build(new EchoCommand(data)),
        CommandCode.GetDeviceInfo => Build(new GetDeviceInfoCommand()),
        CommandCode.ResetDevice => Build(new ResetDeviceCommand()),
        CommandCode.CloseSession => Build(new CloseSessionCommand()),
        CommandCode.PutOpaque => Build(new PutOpaqueCommand(Object(data), data.AsMemory(53))),
        CommandCode.GetOpaque => Build(new GetOpaqueCommand(Id(data))),
        CommandCode.PutAuthenticationKey => Build(new PutAuthenticationKeyCommand(Object(data), Capabilities(data.AsSpan(53)), data.AsMemory(61))),
        CommandCode.PutAsymmetricKey => Build(new PutAsymmetricKeyCommand(Object(data), data.AsMemory(53))),
        CommandCode.GenerateAsymmetricKey => Build(new GenerateAsymmetricKeyCommand(Object(data))),
        CommandCode.ListObjects when data.Length == 0 => Build(new ListObjectsCommand()),
        CommandCode.ListObjects when data[0] == 2 => Build(new ListObjectsCommand((ObjectType)data[1])),
        CommandCode.ExportWrapped => Build(new ExportWrappedCommand(Id(data), (ObjectType)data[2], Id(data.AsSpan(3)))),
        CommandCode.ImportWrapped => Build(new ImportWrappedCommand(Id(data), data.AsMemory(2))),
        CommandCode.PutWrapKey => Build(new PutWrapKeyCommand(Object(data), Capabilities(data.AsSpan(53)), data.AsMemory(61))),
        CommandCode.GetLogEntries => Build(new GetLogEntriesCommand()),
        CommandCode.GetObjectInfo => Build(new GetObjectInfoCommand(Id(data), (ObjectType)data[2])),
        CommandCode.GetPseudoRandom => Build(new GetPseudoRandomCommand(Id(data))),
        CommandCode.GetPublicKey => Build(new GetPublicKeyCommand(Id(data))),
        CommandCode.SignEcdsa => Build(new SignEcdsaCommand(Id(data), data.AsMemory(2))),
        CommandCode.SignEddsa => Build(new SignEddsaCommand(Id(data), data.AsMemory(2))),
        CommandCode.DeleteObject => Build(new DeleteObjectCommand(Id(data), (ObjectType)data[2])),
        CommandCode.SetLogIndex => Build(new SetLogIndexCommand(Id(data))),
        CommandCode.BlinkDevice => Build(new BlinkDeviceCommand(data[0])),
        _ => null,
    };

    /// <summary>What a command writes.</summary>
    public static byte[] Write<TResponse>(ICommand<TResponse> command) where TResponse : class, IResponse<TResponse>
    {
        var data = new byte[command.Size];
        command.Write(data);
        return data;
    }

    private static BuiltCommand Build<TResponse>(ICommand<TResponse> command) where TResponse : class, IResponse<TResponse> =>
        new(command.Code, Write(command), data => TResponse.TryParse(data, out _));

    private static ushort Id(ReadOnlySpan<byte> data) => BinaryPrimitives.ReadUInt16BigEndian(data);

    private static Capability Capabilities(ReadOnlySpan<byte> data) => (Capability)BinaryPrimitives.ReadUInt64BigEndian(data);

    private static NewObject Object(ReadOnlySpan<byte> data) => new(
        Id(data), ObjectLabel.FromBytes(data[2..42]), new Domains(Id(data[42..])), Capabilities(data[44..]), (Algorithm)data[52]);
}
