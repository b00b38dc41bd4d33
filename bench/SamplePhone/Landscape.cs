using SkiaSharp;

namespace Candor.Bench.SamplePhone;

/// <summary>Draws a place at an hour: a sky, something before it, and the grain of a small sensor. The same random numbers, the same picture.</summary>
internal sealed class Landscape : IDisposable
{
    public const int Scenes = 8;

    private readonly SKCanvas canvas;
    private readonly Random random;
    private readonly float w;
    private readonly float h;
    private readonly SKPaint paint = new() { IsAntialias = true };
    private readonly Hour hour;
    private float sun;

    /// <summary>Sky above, sky at the horizon, the sun, the land far off, the land near by.</summary>
    private sealed record Hour(SKColor Zenith, SKColor Horizon, SKColor Sun, SKColor Far, SKColor Near, bool Dark);

    private static readonly Hour[] Hours =
    [
        new(new(38, 92, 168), new(188, 222, 240), new(255, 250, 225), new(140, 170, 190), new(38, 84, 48), false),
        new(new(72, 60, 120), new(250, 168, 108), new(255, 232, 170), new(148, 98, 122), new(44, 30, 46), false),
        new(new(96, 140, 190), new(250, 214, 190), new(255, 244, 224), new(170, 160, 182), new(70, 82, 62), false),
        new(new(8, 12, 38), new(44, 62, 104), new(236, 240, 250), new(30, 42, 72), new(8, 12, 22), true),
        new(new(120, 132, 146), new(206, 212, 214), new(240, 240, 236), new(150, 160, 164), new(62, 78, 70), false),
        new(new(30, 40, 92), new(236, 112, 96), new(255, 200, 140), new(104, 62, 102), new(24, 18, 36), false),
    ];

    private Landscape(SKCanvas canvas, int width, int height, Random random)
    {
        (this.canvas, this.random, w, h) = (canvas, random, width, height);
        hour = Hours[random.Next(Hours.Length)];
    }

    /// <summary>Draws onto a canvas whose upright picture has this size.</summary>
    public static void Draw(SKCanvas canvas, int width, int height, int scene, Random random)
    {
        using var place = new Landscape(canvas, width, height, random);
        place.Sky();
        switch (scene % Scenes)
        {
            case 0: place.Mountains(0.45f, 5, rugged: 0.3f); break;
            case 1: place.Sea(); break;
            case 2: place.Mountains(0.55f, 3, rugged: 0.2f); place.Forest(); break;
            case 3: place.City(); break;
            case 4: place.Mountains(0.55f, 5, rugged: 0.06f); place.Balloons(); break;
            case 5: place.Lake(); break;
            case 6: place.Meadow(); break;
            default: place.Lights(); break;
        }
        place.Grain();
    }

    public void Dispose() => paint.Dispose();

    private float Next(float from, float to) => from + (float)random.NextDouble() * (to - from);

    private static SKColor Mix(SKColor a, SKColor b, float share) => new(
        (byte)(a.Red + (b.Red - a.Red) * share), (byte)(a.Green + (b.Green - a.Green) * share), (byte)(a.Blue + (b.Blue - a.Blue) * share));

    private static SKPath Polygon(params ReadOnlySpan<SKPoint> corners)
    {
        using var path = new SKPathBuilder();
        path.AddPoly(corners, true);
        return path.Detach();
    }

    private void Fill(SKPath path, SKColor top, SKColor bottom, float from, float to)
    {
        using var shader = SKShader.CreateLinearGradient(new SKPoint(0, from), new SKPoint(0, to), [top, bottom], SKShaderTileMode.Clamp);
        paint.Shader = shader;
        canvas.DrawPath(path, paint);
        paint.Shader = null;
    }

    private void Glow(float x, float y, float radius, SKColor color)
    {
        using var shader = SKShader.CreateRadialGradient(new SKPoint(x, y), radius, [color, color.WithAlpha(0)], SKShaderTileMode.Clamp);
        paint.Shader = shader;
        canvas.DrawCircle(x, y, radius, paint);
        paint.Shader = null;
    }

    private void Sky()
    {
        using (var shader = SKShader.CreateLinearGradient(new SKPoint(0, 0), new SKPoint(0, h * 0.75f), [hour.Zenith, hour.Horizon], SKShaderTileMode.Clamp))
        {
            paint.Shader = shader;
            canvas.DrawRect(0, 0, w, h, paint);
            paint.Shader = null;
        }
        for (var star = 0; hour.Dark && star < 260; star++)
        {
            paint.Color = SKColors.White.WithAlpha((byte)random.Next(60, 230));
            canvas.DrawCircle(Next(0, w), Next(0, h * 0.6f), Next(0.4f, 1.6f) * w / 1600, paint);
        }
        var (x, y) = (Next(0.15f, 0.85f) * w, Next(0.12f, 0.4f) * h);
        sun = x;
        Glow(x, y, w * 0.35f, hour.Sun.WithAlpha(150));
        paint.Color = hour.Sun;
        canvas.DrawCircle(x, y, w * Next(0.018f, 0.04f), paint);
        for (var cloud = random.Next(2, 7); cloud > 0; cloud--)
        {
            var (cx, cy, tint) = (Next(0, w), Next(0.05f, 0.45f) * h, Mix(hour.Horizon, SKColors.White, hour.Dark ? 0.05f : 0.6f));
            for (var puff = 0; puff < 9; puff++)
                Glow(cx + Next(-0.12f, 0.12f) * w, cy + Next(-0.012f, 0.012f) * h, Next(0.03f, 0.08f) * w, tint.WithAlpha(70));
        }
    }

    /// <summary>A line across the picture: halves of halves are shifted at random, less at each step.</summary>
    private SKPath Ridge(float level, float rugged)
    {
        const int Points = 256;
        var heights = new float[Points + 1];
        (heights[0], heights[Points]) = (Next(-rugged, rugged) * 0.5f, Next(-rugged, rugged) * 0.5f);
        var reach = rugged;
        for (var step = Points; step > 1; step /= 2, reach *= 0.52f)
        {
            for (var at = step / 2; at < Points; at += step)
                heights[at] = (heights[at - step / 2] + heights[at + step / 2]) / 2 + Next(-reach, reach) * 0.5f;
        }
        using var path = new SKPathBuilder();
        path.MoveTo(0, h);
        for (var at = 0; at <= Points; at++)
            path.LineTo(w * at / Points, h * Math.Clamp(level + heights[at], 0.12f, 0.98f));
        path.LineTo(w, h);
        path.Close();
        return path.Detach();
    }

    private void Mountains(float level, int layers, float rugged)
    {
        for (var layer = 0; layer < layers; layer++)
        {
            var share = (layer + 1f) / layers;
            using var ridge = Ridge(level + (0.9f - level) * layer / layers, rugged * (1 - share * 0.5f));
            var color = Mix(hour.Far, hour.Near, share);
            Fill(ridge, color, Mix(color, hour.Horizon, 0.35f), h * level * 0.8f, h);
        }
    }

    private void Sea()
    {
        var horizon = Next(0.5f, 0.62f) * h;
        using var water = Polygon(new(0, horizon), new(w, horizon), new(w, h), new(0, h));
        Fill(water, Mix(hour.Horizon, hour.Zenith, 0.35f), Mix(hour.Zenith, SKColors.Black, 0.35f), horizon, h);
        for (var wave = 0; wave < 420; wave++)
        {
            var depth = (float)Math.Pow(random.NextDouble(), 1.6);
            var (y, near) = (horizon + depth * (h - horizon), random.Next(3) > 0);
            var x = near ? sun + Next(-0.06f, 0.06f) * w * (1 + depth * 3) : Next(0, w);
            paint.Color = Mix(hour.Sun, hour.Horizon, near ? 0.1f : 0.7f).WithAlpha((byte)(near ? 120 : 50));
            canvas.DrawOval(x, y, (0.006f + 0.03f * depth) * w, (0.0008f + 0.0022f * depth) * h, paint);
        }
        using var cape = Ridge(0.86f, 0.1f);
        Fill(cape, hour.Near, Mix(hour.Near, SKColors.Black, 0.5f), h * 0.8f, h);
        paint.Color = SKColors.White.WithAlpha(235);
        for (var boat = random.Next(1, 4); boat > 0; boat--)
        {
            var (x, y, size) = (Next(0.1f, 0.9f) * w, horizon + Next(0.01f, 0.12f) * h, Next(0.01f, 0.03f) * w);
            using var sail = Polygon(new(x, y), new(x, y - size * 2), new(x + size, y));
            canvas.DrawPath(sail, paint);
        }
    }

    private void Forest()
    {
        for (var row = 0; row < 4; row++)
        {
            paint.Color = Mix(Mix(hour.Near, new SKColor(30, 80, 60), 0.4f), SKColors.Black, row * 0.16f);
            for (var tree = 0; tree < 46; tree++)
            {
                var (x, foot, size) = (Next(0, w), h * (0.76f + row * 0.08f) + Next(0, 0.05f) * h, Next(0.07f, 0.16f) * h * (0.7f + row * 0.25f));
                for (var storey = 0; storey < 3; storey++)
                {
                    var (top, half) = (foot - size + storey * size * 0.25f, size * (0.12f + storey * 0.07f));
                    using var branches = Polygon(new(x, top), new(x - half, top + size * 0.45f), new(x + half, top + size * 0.45f));
                    canvas.DrawPath(branches, paint);
                }
            }
        }
    }

    private void City()
    {
        for (var row = 0; row < 3; row++)
        {
            var color = Mix(hour.Far, Mix(hour.Near, SKColors.Black, 0.3f), (row + 1) / 3f);
            for (var x = -Next(0, 0.05f) * w; x < w; x += Next(0.045f, 0.1f) * w)
            {
                var (width, top) = (Next(0.04f, 0.085f) * w, h * (Next(0.3f, 0.62f) + row * 0.11f));
                paint.Color = color;
                canvas.DrawRect(x, top, width, h - top, paint);
                var cell = w * 0.009f;
                for (var wy = top + cell; wy < h - cell; wy += cell * 2)
                {
                    for (var wx = x + cell; wx < x + width - cell; wx += cell * 1.8f)
                    {
                        if (random.Next(3) > 0) continue;
                        paint.Color = Mix(new SKColor(255, 214, 140), color, hour.Dark ? Next(0, 0.4f) : Next(0.5f, 0.85f));
                        canvas.DrawRect(wx, wy, cell * 0.8f, cell, paint);
                    }
                }
            }
        }
    }

    private void Balloons()
    {
        for (var balloon = random.Next(3, 8); balloon > 0; balloon--)
        {
            var (x, y, r) = (Next(0.08f, 0.92f) * w, Next(0.12f, 0.55f) * h, Next(0.02f, 0.07f) * w);
            var hue = Next(0, 360);
            for (var gore = 0; gore < 5; gore++)
            {
                paint.Color = SKColor.FromHsv(hue + gore % 2 * 40, 75, 95 - gore * 6);
                canvas.DrawOval(x, y, r * (1 - gore * 0.2f), r * 1.12f, paint);
            }
            paint.Color = new SKColor(92, 60, 38);
            canvas.DrawRect(x - r * 0.14f, y + r * 1.35f, r * 0.28f, r * 0.22f, paint);
            paint.StrokeWidth = Math.Max(1, r * 0.02f);
            canvas.DrawLine(x - r * 0.5f, y + r * 0.9f, x - r * 0.13f, y + r * 1.36f, paint);
            canvas.DrawLine(x + r * 0.5f, y + r * 0.9f, x + r * 0.13f, y + r * 1.36f, paint);
        }
    }

    private void Lake()
    {
        using var far = Ridge(0.4f, 0.34f);
        using var shore = Ridge(0.56f, 0.05f);
        var snow = Mix(hour.Far, SKColors.White, hour.Dark ? 0.2f : 0.65f);
        Fill(far, snow, hour.Far, h * 0.2f, h * 0.5f);
        Fill(shore, hour.Near, Mix(hour.Near, hour.Far, 0.3f), h * 0.5f, h * 0.62f);
        canvas.Save();
        canvas.ClipRect(new SKRect(0, h * 0.62f, w, h));
        canvas.Scale(1, -0.8f, 0, h * 0.62f);
        Fill(far, Mix(snow, hour.Zenith, 0.4f), Mix(hour.Far, hour.Zenith, 0.4f), h * 0.2f, h * 0.5f);
        Fill(shore, Mix(hour.Near, SKColors.Black, 0.25f), hour.Near, h * 0.5f, h * 0.62f);
        canvas.Restore();
        for (var ripple = 0; ripple < 160; ripple++)
        {
            var depth = (float)random.NextDouble();
            paint.Color = hour.Horizon.WithAlpha(38);
            canvas.DrawOval(Next(0, w), h * (0.62f + 0.38f * depth), (0.02f + 0.06f * depth) * w, (0.0006f + 0.002f * depth) * h, paint);
        }
    }

    private void Meadow()
    {
        Mountains(0.52f, 2, 0.12f);
        var hue = Next(0, 360);
        paint.StrokeWidth = w / 700;
        for (var stalk = 0; stalk < 1500; stalk++)
        {
            var depth = (float)Math.Sqrt(stalk / 1500f);
            var (x, y, size) = (Next(0, w), h * (0.68f + 0.36f * depth), (0.012f + 0.05f * depth) * h);
            paint.Color = SKColor.FromHsv(Next(80, 130), Next(45, 80), Next(25, 62));
            canvas.DrawLine(x, y, x + Next(-0.3f, 0.3f) * size, y - size, paint);
            if (stalk % 4 > 0) continue;
            paint.Color = SKColor.FromHsv((hue + Next(0, 70)) % 360, Next(50, 90), Next(75, 100));
            for (var petal = 0; petal < 5; petal++)
                canvas.DrawCircle(x + size * 0.14f * MathF.Cos(petal * 1.257f), y - size + size * 0.14f * MathF.Sin(petal * 1.257f), size * 0.11f, paint);
            paint.Color = new SKColor(250, 214, 90);
            canvas.DrawCircle(x, y - size, size * 0.08f, paint);
        }
    }

    /// <summary>A street at night, out of focus.</summary>
    private void Lights()
    {
        paint.Color = new SKColor(10, 10, 24, 170);
        canvas.DrawRect(0, 0, w, h, paint);
        var hue = Next(0, 360);
        for (var light = 0; light < 90; light++)
        {
            var (x, y, r) = (Next(0, w), h * (0.3f + 0.6f * (float)random.NextDouble()), Next(0.012f, 0.06f) * w);
            var color = SKColor.FromHsv((hue + Next(0, 90) + random.Next(2) * 150) % 360, Next(30, 85), 100);
            paint.Color = color.WithAlpha((byte)random.Next(50, 140));
            canvas.DrawCircle(x, y, r, paint);
            Glow(x, y, r * 1.7f, color.WithAlpha(46));
        }
    }

    /// <summary>A tile of noise over everything.</summary>
    private void Grain()
    {
        const int Side = 256;
        using var tile = new SKBitmap(Side, Side, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        var pixels = tile.GetPixelSpan();
        var strength = random.Next(30, 52);
        for (var at = 0; at < pixels.Length; at += 4)
        {
            var light = (byte)(random.Next(2) * 255);
            (pixels[at], pixels[at + 1], pixels[at + 2], pixels[at + 3]) = (light, light, light, (byte)random.Next(strength));
        }
        using var shader = tile.ToShader(SKShaderTileMode.Repeat, SKShaderTileMode.Mirror);
        paint.Shader = shader;
        canvas.DrawRect(0, 0, w, h, paint);
        paint.Shader = null;
    }
}
