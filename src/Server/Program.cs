using Candor.Server.Operator;

return await Commands.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
