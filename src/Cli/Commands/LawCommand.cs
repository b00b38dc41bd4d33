using System.CommandLine;
using Candor.Law;

namespace Candor.Cli.Commands;

/// <summary>candor law: what this program knows of a law, with articles and how certain that is, and what follows from it.</summary>
internal static class LawCommand
{
    public static Command Make(CommandTree tree)
    {
        var code = new Argument<string?>("CODE") { Description = "a country's code, or one that the list shows: de, ru, us-ca", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("law", """
            What a place's law says of your data, and what Candor does by it

            Facts with their articles, and of each how certain it is; no legal advice. Nothing
            is asked of any server: the laws come with this program. Without a code: all that
            it knows.

              candor law
              candor law de
            """) { code };
        command.SetAction(parsed => Run(tree.Open(parsed), parsed.GetValue(code)));
        return command;
    }

    private static int Run(Session session, string? code)
    {
        if (code is null) return List(session);
        code = LawOption.Read(code)!;
        var law = LawBook.Find(code)!;
        int age = LawRules.OwnConsentAge(code);
        session.Say($"{law.Name}: {law.Statute}\n");
        session.Say("What Candor does by it");
        session.Say(law.BytesInside
            ? $"  Bytes are kept in {law.Name} only: a server elsewhere refuses them, and so does\n  this device."
            : "  Bytes may be kept anywhere; where they are is signed at the first consent, and a\n  move needs your word (candor region).");
        session.Say(law.OwnConsentAge is null
            ? $"  From which age a person consents for themselves is not known: {age} counts, the\n  strictest of all. Below it a parent or guardian has to agree."
            : $"  From {age} on a person consents for themselves; below, a parent or guardian does.");
        session.Say("  What you may ask of others by law you do here yourself, at once: have it all\n  (candor export), take it elsewhere (candor export), have it erased (candor off KIND\n  --erase; it waits a day so that a thief cannot), take a consent back (candor off).\n");
        session.Say("What is known of it");
        foreach (var cell in law.Cells) session.Say($"  {cell.Name,-14}{cell.Text} [{cell.Certainty}]");
        session.Say($"\n[V] the source was seen, [v] a secondary one, [M] from memory, [U] not known.\nSources: {law.Sources}");
        session.Write(w =>
        {
            w.WriteString("code"u8, code);
            w.WriteString("name"u8, law.Name);
            w.WriteString("statute"u8, law.Statute);
            w.WriteBoolean("bytesInside"u8, law.BytesInside);
            w.WriteNumber("ownConsentAge"u8, age);
            w.WriteBoolean("ageKnown"u8, law.OwnConsentAge is not null);
            w.WriteStartArray("cells"u8);
            foreach (var cell in law.Cells)
            {
                w.WriteStartObject();
                w.WriteString("name"u8, cell.Name);
                w.WriteString("text"u8, cell.Text);
                w.WriteString("certainty"u8, cell.Certainty);
                w.WriteEndObject();
            }
            w.WriteEndArray();
        });
        return ExitCode.Done;
    }

    private static int List(Session session)
    {
        foreach (var law in LawBook.All)
        {
            session.Say($"{law.Code,-7}{law.Name,-20}{(law.BytesInside ? "bytes stay inside  " : "bytes anywhere     ")}{(law.OwnConsentAge is { } age ? $"own consent from {age}" : $"age not known: {LawRules.Strictest}")}");
            if (law.Members.Count > 0) session.Say($"       {string.Join(' ', law.Members.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key} {m.Value}"))}");
        }
        session.Write(w =>
        {
            w.WriteStartArray("laws"u8);
            foreach (var law in LawBook.All) w.WriteStringValue(law.Code);
            w.WriteEndArray();
        });
        return ExitCode.Done;
    }
}
