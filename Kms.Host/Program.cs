using Kms.Host.Cli;

return await CommandLine.RunAsync(Verbs.All(), args);
