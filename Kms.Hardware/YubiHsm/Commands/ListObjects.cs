using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Asks which objects the session sees. Needs no capability.</summary>
/// <param name="Type">Only those of a type; null for all.</param>
public sealed record ListObjectsCommand(ObjectType? Type = null) : ICommand<ListObjectsResponse>
{
    private const byte TypeFilter = 2;

    /// <inheritdoc/>
    public CommandCode Code => CommandCode.ListObjects;

    /// <inheritdoc/>
    public bool MayRepeat => true;

    /// <inheritdoc/>
    public int Size => Type is null ? 0 : 2;

    /// <inheritdoc/>
    public void Write(Span<byte> data)
    {
        if (Type is not { } type) return;
        var writer = new ByteWriter(data);
        writer.Byte(TypeFilter);
        writer.Byte((byte)type);
    }
}

/// <summary>The objects.</summary>
/// <param name="Objects">In the order of the device.</param>
public sealed record ListObjectsResponse(IReadOnlyList<ListedObject> Objects) : IResponse<ListObjectsResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ListObjectsResponse? response)
    {
        var reader = new ByteReader(data);
        var objects = new List<ListedObject>();
        while (reader.More) objects.Add(new ListedObject(reader.UInt16(), (ObjectType)reader.Byte(), reader.Byte()));
        response = reader.Complete ? new ListObjectsResponse(objects) : null;
        return response is not null;
    }
}

/// <summary>An object of a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its type.</param>
/// <param name="Sequence">How often the id was used before.</param>
public readonly record struct ListedObject(ushort Id, ObjectType Type, byte Sequence);
