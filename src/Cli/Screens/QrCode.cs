using System.Text;
using QRCoder;

namespace Candor.Cli.Screens;

/// <summary>A QR code in half blocks: two modules to a character, with the quiet zone that scanners need.</summary>
internal static class QrCode
{
    // Black on white whatever the terminal's own colours are; without colours a light-on-dark screen is what most people have.
    private const string BlackOnWhite = "\u001b[30;107m";
    private const string Usual = "\u001b[0m";

    public static string Of(string text, bool colours)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var modules = code.ModuleMatrix;
        var drawn = new StringBuilder();
        for (int y = 0; y < modules.Count; y += 2)
        {
            drawn.Append("  ").Append(colours ? BlackOnWhite : "");
            for (int x = 0; x < modules[y].Count; x++)
            {
                bool top = modules[y][x], bottom = y + 1 < modules.Count && modules[y + 1][x];
                drawn.Append(Block(colours ? top : !top, colours ? bottom : !bottom));
            }
            drawn.Append(colours ? Usual : "").Append('\n');
        }
        return drawn.ToString();
    }

    /// <summary>The modules row by row, true for black, with the quiet zone.</summary>
    public static IReadOnlyList<System.Collections.BitArray> Modules(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        return [.. code.ModuleMatrix.Select(row => new System.Collections.BitArray(row))];
    }

    private static char Block(bool top, bool bottom) => (top, bottom) switch
    {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        _ => ' ',
    };
}
