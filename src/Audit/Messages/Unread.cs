using Candor.Audit.Bodies;

namespace Candor.Audit.Messages;

/// <summary>Tells which bytes of a body nobody has read.</summary>
internal static class Unread
{
    /// <summary>Fewer bytes within a form that is known, or beside what was read, are a number, a key or a frame's head.</summary>
    private const int Least = 16;

    private static readonly string[] s_declared = ["protobuf", "grpc", "cbor", "msgpack", "messagepack"];

    /// <summary>Where nobody knows what the bytes are: what has no form, or one by chance, but for the parts of it that were read.</summary>
    /// <param name="tree">Of one body.</param>
    /// <param name="declared">What its carrier says: bytes that have the form which is declared have it not by chance.</param>
    /// <param name="part">As <see cref="Place.Part"/>: in a message a few characters are text, in a stream of a protocol that nobody knows they may be anything.</param>
    public static Stretches In(BodyTree tree, BodyDeclaration declared, string part)
    {
        bool message = part is not ("stream" or "datagram");
        double enough = message && s_declared.Any(name => declared.MediaType.Contains(name, StringComparison.OrdinalIgnoreCase)) ? 0 : Evidence.Enough;
        var unknown = new Stretches();
        if (message && IsText(tree.Root) || Evidence.IsSure(tree.Root, enough)) InKnown(tree.Root, unknown);
        else InUnknown(tree.Root, unknown);
        return unknown;
    }

    private static void InKnown(BodyView view, Stretches unknown)
    {
        foreach (var part in view.Views)
        {
            if (part.Bytes.Length < Least || IsText(part) || Evidence.IsSure(part, Evidence.EnoughWithin)) InKnown(part, unknown);
            else InUnknown(part, unknown);
        }
    }

    /// <summary>True where a part of it was read.</summary>
    private static bool InUnknown(BodyView view, Stretches unknown)
    {
        int at = 0;
        bool read = false;
        // What has a form by chance has nothing in it that was read, or it would be more than chance.
        foreach (var part in view.Views.Where(_ => view.Form is null).OrderBy(v => v.Start))
        {
            // What is written in base64 or hex is known to be that, whatever it says.
            if (part.Map != ViewMap.Slice || Evidence.IsSure(part, Evidence.Enough)) InKnown(part, unknown);
            else if (!InUnknown(part, unknown)) continue;
            read = true;
            if (part.Start - at >= Least) Add(at, part.Start);
            at = Math.Max(at, part.Start + part.Length);
        }
        if (view.Bytes.Length - at >= (read ? Least : 1)) Add(at, view.Bytes.Length);
        return read;

        void Add(int from, int to)
        {
            var (start, length) = view.InBody(from, to - from);
            unknown.Add(start, length);
        }
    }

    private static bool IsText(BodyView view) => Readable.IsText(view.Bytes.Span);
}
