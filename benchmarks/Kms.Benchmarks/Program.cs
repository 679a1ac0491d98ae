// dotnet run -c Release --project benchmarks/Kms.Benchmarks -- --filter '*'
using BenchmarkDotNet.Running;
using Kms.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(SignPathBenchmarks).Assembly).Run(args);
