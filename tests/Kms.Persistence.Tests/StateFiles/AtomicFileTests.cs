using System.Text;
using Kms.Persistence.StateFiles;

namespace Kms.Persistence.Tests.StateFiles;

/// <summary>Files on disk: bounded reading, and writing that leaves the old content or the new one.</summary>
public sealed class AtomicFileTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kms-state");

    private string StatePath => Path.Combine(_folder.FullName, "state.json");

    private string Temporary => Path.Combine(_folder.FullName, ".state.json.tmp");

    [Fact]
    public void A_written_file_is_read_back()
    {
        var file = GoldenFile.Named("interchange");

        Assert.Null(StateFile.Write(StatePath, file.Text));

        Assert.Equal(file.States, StateFile.Read(StatePath, null).States);
        Assert.Equal(file.Content, File.ReadAllBytes(StatePath));
    }

    [Fact]
    public void A_file_is_for_its_owner_only_even_when_the_old_one_was_not()
    {
        Assert.Null(StateFile.Write(StatePath, "new"));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(StatePath));

        File.SetUnixFileMode(StatePath, OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        Assert.Null(StateFile.Write(StatePath, "newer"));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(StatePath));
        OnlyTheStateIsLeft("newer");
    }

    [Fact]
    public void What_a_killed_writer_left_is_cleared_away()
    {
        File.WriteAllText(StatePath, "old");
        File.WriteAllText(Temporary, "half of the ne");
        File.SetUnixFileMode(Temporary, OwnerOnly | UnixFileMode.OtherRead);

        Assert.Null(StateFile.Write(StatePath, "new"));

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(StatePath));
        OnlyTheStateIsLeft("new");
    }

    [Fact]
    public void A_link_in_the_place_of_the_temporary_file_is_not_followed()
    {
        var elsewhere = Path.Combine(_folder.FullName, "elsewhere");
        File.WriteAllText(elsewhere, "precious");
        File.CreateSymbolicLink(Temporary, elsewhere);

        Assert.Null(StateFile.Write(StatePath, "new"));

        Assert.Equal(("precious", "new"), (File.ReadAllText(elsewhere), File.ReadAllText(StatePath)));
    }

    [Fact]
    public void A_link_in_the_place_of_the_file_is_followed_and_stays()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_folder.FullName, "elsewhere"));
        var target = Path.Combine(elsewhere.FullName, "target.json");
        foreach (var old in new[] { "old", null })
        {
            if (old is null) File.Delete(target);
            else File.WriteAllText(target, old);
            File.Delete(StatePath);
            File.CreateSymbolicLink(StatePath, target);

            Assert.Null(StateFile.Write(StatePath, "new"));

            Assert.Equal((target, "new"), (new FileInfo(StatePath).LinkTarget, File.ReadAllText(target)));
            Assert.Single(elsewhere.GetFiles());
        }

        File.CreateSymbolicLink(Path.Combine(_folder.FullName, "loop"), "loop");
        Assert.StartsWith("cannot write ", StateFile.Write(Path.Combine(_folder.FullName, "loop"), "new"), StringComparison.Ordinal);
    }

    // A folder in its place stops the writer whoever runs the test; permissions would not stop root.
    [Fact]
    public void When_the_new_content_cannot_be_written_the_old_one_stays()
    {
        File.WriteAllText(StatePath, "old");
        Directory.CreateDirectory(Temporary);

        Assert.StartsWith($"cannot write {StatePath}: ", StateFile.Write(StatePath, "new"), StringComparison.Ordinal);

        Assert.Equal("old", File.ReadAllText(StatePath));
    }

    [Fact]
    public void When_it_cannot_be_put_in_place_no_temporary_file_stays()
    {
        Directory.CreateDirectory(StatePath);

        Assert.Equal($"cannot write {StatePath}: it is a directory", StateFile.Write(StatePath, "new"));

        Assert.False(Path.Exists(Temporary));
        Assert.Equal("cannot write /: it is a directory", StateFile.Write("/", "new"));
        Assert.StartsWith("cannot write ", StateFile.Write("\0", "new"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_not_made()
    {
        var path = Path.Combine(_folder.FullName, "nowhere", "state.json");

        Assert.Equal($"cannot write {path}: the directory does not exist", StateFile.Write(path, "new"));
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused_with_a_sentence()
    {
        var path = Path.Combine(_folder.FullName, new string('x', 255));

        Assert.StartsWith("cannot write ", StateFile.Write(path, "new"), StringComparison.Ordinal);
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public void A_missing_file_is_an_outcome_of_its_own()
    {
        var nowhere = Path.Combine(_folder.FullName, "nowhere", "state.json");

        Assert.Equal(
            new StateFileResult(null, null, $"the state file {StatePath} does not exist", IsMissing: true), StateFile.Read(StatePath, null));
        Assert.True(StateFile.Read(nowhere, StateFormat.Tmkms).IsMissing);
    }

    [Fact]
    public void A_directory_and_an_endless_file_are_refused()
    {
        Assert.Equal($"the state file {_folder.FullName} is a directory", StateFile.Read(_folder.FullName, null).Error);
        Assert.Equal("the state file /dev/zero has more than 65536 bytes: is this the right path?", StateFile.Read("/dev/zero", null).Error);
        Assert.Equal("the state file /dev/null is empty", StateFile.Read("/dev/null", null).Error);
        Assert.False(StateFile.Read("\0", null).IsRead);
    }

    [Fact]
    public void A_refusal_names_the_file()
    {
        File.WriteAllText(StatePath, """{"height":"7","round":0,"step":9}""", new UTF8Encoding(false));

        Assert.StartsWith($"the state file {StatePath} has a step that is not 0 to 3", StateFile.Read(StatePath, null).Error, StringComparison.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private void OnlyTheStateIsLeft(string content)
    {
        Assert.Equal(content, File.ReadAllText(StatePath));
        Assert.Equal([StatePath], _folder.GetFiles().Select(file => file.FullName));
    }
}
