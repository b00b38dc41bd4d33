using System.Runtime.InteropServices;
using Candor.Simulation;

// The simulated servers are real hosts, each of which would take these signals for itself and let the program run on.
using var end = new CancellationTokenSource();
void stop(PosixSignalContext context)
{
    context.Cancel = true;
    end.Cancel();
}

using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, stop);
return await SimulateCommand.RunAsync(args, Console.Out, Console.Error, end.Token);
