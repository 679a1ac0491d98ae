using Kms.Core.Signing;
using Kms.Hardware.SoftSign;

namespace Kms.Hardware.Tests.SoftSign;

public sealed class KeyFilesTests : IDisposable
{
    private static readonly byte[] Seed = KeyVectors.Get("key-02").Seed;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_created_file_holds_base64_is_the_owners_only_and_loads_again()
    {
        var path = Path.Combine(_directory.Path, "new.key");
        Assert.True(KeyFiles.Create(path, Seed, out var error), error);
        Assert.Equal(Convert.ToBase64String(Seed), File.ReadAllText(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.True(SoftSignKeyFile.TryLoad(path, SoftSignKeyFormat.Base64, KeyAlgorithm.Ed25519, out var signer, out _));
        using (signer) Assert.Equal(KeyVectors.Get("key-02").PublicKeyHex, signer.PublicKey.ToString());
    }

    [Fact]
    public void An_existing_file_is_never_overwritten()
    {
        var path = _directory.Write("old.key", "precious");
        Assert.False(KeyFiles.Create(path, Seed, out var error));
        Assert.Contains("exists already and is not overwritten", error, StringComparison.Ordinal);
        Assert.False(KeyFiles.Generate(path, KeyAlgorithm.Ed25519, out _, out _));
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public void A_dangling_link_is_not_followed()
    {
        var target = Path.Combine(_directory.Path, "elsewhere.key");
        var link = Path.Combine(_directory.Path, "link.key");
        File.CreateSymbolicLink(link, target);
        Assert.False(KeyFiles.Create(link, Seed, out _));
        Assert.False(File.Exists(target));
    }

    [Fact]
    public void A_missing_directory_is_a_sentence()
    {
        Assert.False(KeyFiles.Create(Path.Combine(_directory.Path, "no", "such", "k.key"), Seed, out var error));
        Assert.Contains("the directory does not exist", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_generated_key_is_another_one_and_its_public_key_is_returned()
    {
        var (first, second) = (Path.Combine(_directory.Path, "1.key"), Path.Combine(_directory.Path, "2.key"));
        Assert.True(KeyFiles.Generate(first, KeyAlgorithm.Ed25519, out var one, out _));
        Assert.True(KeyFiles.Generate(second, KeyAlgorithm.Ed25519, out var two, out _));
        Assert.NotEqual(one, two);
        Assert.True(SoftSignKeyFile.TryLoad(first, SoftSignKeyFormat.Base64, KeyAlgorithm.Ed25519, out var signer, out _));
        using (signer) Assert.Equal(one, signer.PublicKey);
    }
}
