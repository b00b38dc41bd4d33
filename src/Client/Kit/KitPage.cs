using System.Collections;
using System.Globalization;
using SkiaSharp;

namespace Candor.Client.Kit;

/// <summary>A recovery kit as one A4 page of PDF. Its two fonts travel with the program, so that a machine without any prints it the same.</summary>
internal static class KitPage
{
    // A4 in points, and what stays white at each side.
    private const float Width = 595.28f, Height = 841.89f, Margin = 48f;
    private const int Columns = 4;

    /// <summary>Millimetres of the QR code, quiet zone and all: a phone reads it at an arm's length.</summary>
    private const float CodeSize = 34f * 72f / 25.4f;

    private static readonly SKColor Grey = new(0x55, 0x55, 0x55);
    private static readonly SKColor Line = new(0x99, 0x99, 0x99);

    public static byte[] Draw(RecoveryKit kit, IReadOnlyList<BitArray> code)
    {
        using var text = Font("DejaVuSans-ascii.ttf");
        using var mono = Font("DejaVuSansMono-ascii.ttf");
        using var bytes = new MemoryStream();
        var about = new SKDocumentPdfMetadata { Title = "Candor recovery kit", Creator = "candor", Producer = "candor", Creation = kit.Day.ToDateTime(default, DateTimeKind.Utc), Modified = kit.Day.ToDateTime(default, DateTimeKind.Utc) };
        using (var document = SKDocument.CreatePdf(bytes, about))
        {
            var page = new Page(document.BeginPage(Width, Height), text, mono);
            Fill(page, kit, code);
            document.EndPage();
            document.Close();
        }
        return bytes.ToArray();
    }

    private static void Fill(Page page, RecoveryKit kit, IReadOnlyList<BitArray> code)
    {
        float right = Width - Margin - CodeSize;
        Code(page.Canvas, code, right, Margin - 6);
        page.At = Margin + 18;
        page.Say("Candor recovery kit", 22);
        page.Say(string.Create(CultureInfo.InvariantCulture, $"Made on {kit.Day:yyyy-MM-dd}. Keep it where you keep your papers."), 10, Grey);
        page.Say(kit.Words is null ? "Write the 24 words into the boxes by hand. Then whoever has this page" : "Whoever has this page can open the account and read everything in it.", 10, Grey);
        if (kit.Words is null) page.Say("can open the account and read everything in it.", 10, Grey);
        page.At += 14;
        page.Fact("Server", kit.Server.GetLeftPart(UriPartial.Authority));
        page.Fact("Its name", kit.ServerName);
        page.Fact("Its key", kit.Fingerprint);
        page.Fact("Account", kit.Account.ToString());
        page.At = Math.Max(page.At, Margin + CodeSize) + 16;

        page.Title("The 24 words, in this order");
        Words(page, kit.Words);
        page.Title("The account secret");
        if (kit.AccountSecret is { } secret)
        {
            page.Say(secret, 13, null, mono: true);
            page.Say("It opens the account together with the password, which is not on this page.", 10, Grey);
        }
        else
        {
            page.Say("No password was set when this page was made, so there is none.", 10, Grey);
        }
        page.At += 10;
        page.Title("When all your devices are lost");
        string address = kit.Server.GetLeftPart(UriPartial.Authority);
        page.Step("1", "Get candor on a new computer or phone, from where you got it before.");
        page.Step("2", "Type this, and then the words:");
        page.Command($"candor recover {address}");
        page.Step("", kit.AccountSecret is null ? "It asks for all 24. The first four letters of each are enough." : "or this, and then the account secret and your password:");
        if (kit.AccountSecret is not null) page.Command($"candor recover {address} --password");
        page.Step("3", "It says the server's key and the account: both must be those above. If not, stop and ask.");
        page.Step("4", "If a device was stolen, take it out: candor devices, then candor devices revoke NAME");
        page.Step("5", "Turn on what you had, bring it back: candor on contacts, then candor restore FOLDER");
        page.At += 6;
        page.Say("The square holds the server and the account, and nothing secret. Nobody but you has the words: not the", 9, Grey);
        page.Say("server, not whoever runs it. If this page may have been seen, move to a new account.", 9, Grey);
    }

    /// <summary>Boxes read downwards, as the words are shown on a screen.</summary>
    private static void Words(Page page, IReadOnlyList<string>? words)
    {
        const int count = 24, rows = count / Columns;
        const float rowHeight = 25f;
        float cell = (Width - (2 * Margin)) / Columns;
        using var box = new SKPaint { Style = SKPaintStyle.Stroke, StrokeWidth = 0.6f, Color = Line, IsAntialias = true };
        float top = page.At;
        for (int i = 0; i < count; i++)
        {
            float x = Margin + (i / rows * cell), y = top + (i % rows * rowHeight);
            page.Canvas.DrawRect(x, y, cell - 6, rowHeight - 5, box);
            page.At = y + 14;
            page.Put((i + 1).ToString(CultureInfo.InvariantCulture), x + 5, 8, Grey, mono: false);
            if (words is not null) page.Put(words[i], x + 22, 13, null, mono: true);
        }
        page.At = top + (rows * rowHeight) + 12;
    }

    private static void Code(SKCanvas canvas, IReadOnlyList<BitArray> code, float left, float top)
    {
        float module = CodeSize / code.Count;
        using var black = new SKPaint { Color = SKColors.Black, IsAntialias = false };
        for (int y = 0; y < code.Count; y++)
        {
            for (int x = 0; x < code[y].Count;)
            {
                int from = x;
                while (x < code[y].Count && code[y][x]) x++;
                // Modules of a row as one bar: hairlines between them would show on some screens.
                if (x > from) canvas.DrawRect(left + (from * module), top + (y * module), (x - from) * module, module, black);
                else x++;
            }
        }
    }

    private static SKTypeface Font(string name)
    {
        using var stream = typeof(KitPage).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} was left out of the build.");
        using var data = SKData.Create(stream);
        return SKTypeface.FromData(data) ?? throw new InvalidOperationException($"{name} is no font.");
    }

    /// <summary>A page that is written from top to bottom; <see cref="At"/> is the baseline of the next line.</summary>
    private sealed class Page(SKCanvas canvas, SKTypeface text, SKTypeface mono)
    {
        private const float Label = 62f;

        public SKCanvas Canvas => canvas;

        public float At { get; set; }

        public void Say(string line, float size, SKColor? colour = null, bool mono = false)
        {
            Put(line, Margin, size, colour, mono);
            At += size * 1.4f;
        }

        public void Title(string line)
        {
            At += 8;
            Say(line, 13);
            At += 2;
        }

        public void Fact(string label, string value)
        {
            Put(label, Margin, 10, Grey, mono: false);
            Put(value, Margin + Label, 9.5f, null, mono: true);
            At += 15;
        }

        public void Step(string number, string line)
        {
            Put(number, Margin, 10, null, mono: false);
            Put(line, Margin + 18, 10, null, mono: false);
            At += 15;
        }

        public void Command(string line)
        {
            Put(line, Margin + 34, 10, null, mono: true);
            At += 15;
        }

        public void Put(string line, float x, float size, SKColor? colour, bool mono)
        {
            using var paint = new SKPaint { Color = colour ?? SKColors.Black, IsAntialias = true };
            using var font = new SKFont(mono ? Mono : text, size) { Subpixel = true, LinearMetrics = true, Hinting = SKFontHinting.None };
            canvas.DrawText(line, x, At, SKTextAlign.Left, font, paint);
        }

        private SKTypeface Mono => mono;
    }
}
