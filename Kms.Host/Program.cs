// The command line of tmkms. Each verb is one file in Cli/; adding one is one line here.
using System.CommandLine;
using Kms.Host.Cli;

var root = new RootCommand("A remote signer for CometBFT validators: it keeps the consensus key away from the node and never signs twice.")
{
    InitCommand.Create(),
    StartCommand.Create(),
    ConfigCommand.Create(),
    KeygenCommand.Create(),
    SoftSignCommand.Create(),
    StateCommand.Create(),
    HarnessCommand.Create(),
    DemoCommand.Create(),
    VersionCommand.Create(),
};
root.Add(HelpCommand.Create(root));

return await CommandLine.RunAsync(root, args);
