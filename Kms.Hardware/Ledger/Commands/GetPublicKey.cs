using System.Diagnostics.CodeAnalysis;
using Kms.Core.Signing;

namespace Kms.Hardware.Ledger.Commands;

/// <summary>Asks the app for its one key, of path 44'/118'/0'/0/0. Needs no confirmation and changes nothing.</summary>
public sealed record GetPublicKeyCommand : ICommand<GetPublicKeyResponse>
{
    /// <inheritdoc/>
    public string Name => "get public key";

    /// <inheritdoc/>
    public Apdu Apdu => new(App.Class, App.GetPublicKey, 0, 0, default);
}

/// <summary>The key.</summary>
/// <param name="PublicKey">Ed25519.</param>
public sealed record GetPublicKeyResponse(PublicKey PublicKey) : IResponse<GetPublicKeyResponse>
{
    /// <inheritdoc/>
    public static bool TryParse(ReadOnlySpan<byte> data, [NotNullWhen(true)] out GetPublicKeyResponse? response)
    {
        response = data.Length == PublicKey.SizeOf(KeyAlgorithm.Ed25519) ? new GetPublicKeyResponse(new PublicKey(KeyAlgorithm.Ed25519, data)) : null;
        return response is not null;
    }
}
