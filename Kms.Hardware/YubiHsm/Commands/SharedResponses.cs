using System.Diagnostics.CodeAnalysis;

namespace Kms.Hardware.YubiHsm.Commands;

/// <summary>Done: no data.</summary>
public sealed record EmptyResponse : IResponse<EmptyResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out EmptyResponse? response)
    {
        response = data.IsEmpty ? new EmptyResponse() : null;
        return response is not null;
    }
}

/// <summary>The id of the object that was made.</summary>
/// <param name="Id">The id asked for, or the device's choice when it was 0.</param>
public sealed record ObjectIdResponse(ushort Id) : IResponse<ObjectIdResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ObjectIdResponse? response)
    {
        var reader = new ByteReader(data);
        var parsed = new ObjectIdResponse(reader.UInt16());
        response = reader.Complete ? parsed : null;
        return response is not null;
    }
}
