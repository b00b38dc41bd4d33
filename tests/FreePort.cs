using System.Net;
using System.Net.Sockets;

namespace Candor.Tests;

/// <summary>Ports of loopback for servers that are told where to listen, or that are to come back where they were.</summary>
/// <remarks>
/// A port that the system chose, and that was let go again, may be given to any of the other tests' connections before the server takes it, and each time that the server is down.
/// These lie below what the system gives out by itself (Linux: net.ipv4.ip_local_port_range, from 32768), and this process gives each of them to one test.
/// </remarks>
internal static class FreePort
{
    /// <summary>Above 10080, which browsers and Node refuse to ask.</summary>
    private const int First = 12_000, Count = 20_000;

    /// <summary>Another run of the tests beside this one begins elsewhere.</summary>
    private static int s_given = Random.Shared.Next(Count);

    public static int Next()
    {
        for (int tries = 0; tries < Count; tries++)
        {
            int port = First + (Interlocked.Increment(ref s_given) % Count);
            if (IsFree(port)) return port;
        }
        throw new InvalidOperationException("No port is free.");
    }

    /// <summary>The same as an address.</summary>
    public static string Url() => $"http://127.0.0.1:{Next()}";

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
