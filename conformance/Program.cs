using Candor.Conformance;

return await TufCommands.RunAsync(args, TimeProvider.System, Console.Error);
