using System.Globalization;

namespace Candor.Simulation.Load;

/// <summary>How large the load is.</summary>
/// <param name="Server">The program.</param>
/// <param name="Devices">All of them.</param>
/// <param name="Each">Of one account.</param>
/// <param name="Seconds">How long it lasts, beside the beginning and the end.</param>
/// <param name="Think">Mean seconds between two things that a device does.</param>
/// <param name="Seed">Of what is chosen; the order of things is not of it.</param>
internal sealed record LoadSettings(string Server, int Devices = 1000, int Each = 4, int Seconds = 600, double Think = 10, int Seed = 1)
{
    /// <summary>Null where it is not so called.</summary>
    public static LoadSettings? Parse(string[] arguments)
    {
        if (arguments is not [var server, .. var rest] || rest.Length % 2 != 0) return null;
        var settings = new LoadSettings(server);
        for (int i = 0; i < rest.Length; i += 2)
        {
            if (!double.TryParse(rest[i + 1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) || value <= 0 || value > 1_000_000) return null;
            LoadSettings? with = rest[i] switch
            {
                "--devices" => settings with { Devices = (int)value },
                "--each" => settings with { Each = (int)value },
                "--seconds" => settings with { Seconds = (int)value },
                "--think" => settings with { Think = value },
                "--seed" => settings with { Seed = (int)value },
                _ => null,
            };
            if (with is null) return null;
            settings = with;
        }
        return settings is { Devices: > 0, Each: > 0, Seconds: > 0 } ? settings : null;
    }
}
