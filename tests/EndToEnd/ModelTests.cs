using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Candor.Client.Folder;
using Candor.Client.Library;
using Candor.Client.Store;
using Candor.Protocol;
using Candor.Tests.Hostile;
using Candor.Tests.Server;
using CsCheck;

namespace Candor.Tests.EndToEnd;

/// <summary>Whatever people do to the folders of several phones, in whatever order their programs run, stop and lose their memory: in the end all folders say the same, and nothing that anyone wrote is lost.</summary>
/// <remarks>Every piece of text has a token of its own. CsCheck prints the seed and the shortest sequence that fails; CANDOR_MODEL_ITERATIONS asks for more.</remarks>
public sealed partial class ModelTests
{
    private const int MostRounds = 10;

    private static readonly ConcurrentBag<TestServer> Servers = [];

    /// <summary>Memory, where there is a disk in it: what is tested here is order, not flushing.</summary>
    private static readonly string Disk = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    private enum What
    {
        Create,
        Edit,
        Replace,
        Delete,
        Rename,
        Attach,
        Import,
        Sync,
        Backup,
        SyncAllAtOnce,
        BreakOff,
        Reopen,
        LoseIndex,
        RestartServer,
    }

    private sealed record Step(int Phone, What What, Kind Kind, int Pick);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[0, 2],
        Gen.Frequency(
            (6, Gen.Const(What.Create)), (6, Gen.Const(What.Edit)), (2, Gen.Const(What.Replace)), (3, Gen.Const(What.Delete)), (3, Gen.Const(What.Rename)), (2, Gen.Const(What.Attach)),
            (2, Gen.Const(What.Import)), (10, Gen.Const(What.Sync)), (2, Gen.Const(What.Backup)), (2, Gen.Const(What.SyncAllAtOnce)), (2, Gen.Const(What.BreakOff)), (1, Gen.Const(What.Reopen)),
            (1, Gen.Const(What.LoseIndex)), (1, Gen.Const(What.RestartServer))),
        Gen.Frequency((1, Gen.Const(Kind.Contacts)), (2, Gen.Const(Kind.Notes)), (1, Gen.Const(Kind.Photos))),
        Gen.Int[0, 1000]).Select(t => new Step(t.Item1, t.Item2, t.Item3, t.Item4));

    [Attack("R09", "R11")]
    [Fact]
    public async Task InTheEndAllFoldersAreTheSameAndNothingThatWasWrittenIsLost()
    {
        long iterations = long.TryParse(Environment.GetEnvironmentVariable("CANDOR_MODEL_ITERATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out long given) ? given : 160;
        try
        {
            await Gen.Select(Gen.Int[2, 3], Steps.List[4, 18]).SampleAsync(
                async t => await RunAsync(t.Item1, t.Item2), iter: iterations, threads: 2, print: t => $"{t.Item1} phones:\n{string.Join('\n', t.Item2)}");
        }
        finally
        {
            foreach (var server in Servers) await server.DisposeAsync();
            Servers.Clear();
        }
    }

    private static async Task RunAsync(int phones, List<Step> steps)
    {
        if (!Servers.TryTake(out var server)) server = await TestServer.StartAsync(dataFolder: Directory.CreateDirectory(Path.Combine(Disk, $"candor-model-{Id.Random()}")).FullName);
        try
        {
            await using var world = await World.StartAsync(server, phones);
            foreach (var step in steps) await world.DoAsync(step);
            await world.SettleAsync();
            await world.CheckAsync();
        }
        finally
        {
            Servers.Add(server);
        }
    }

    private sealed partial class World : IAsyncDisposable
    {
        private readonly Phones _phones;
        private readonly List<Phone> _all = [];

        /// <summary>Written by somebody, and taken away by nobody on purpose.</summary>
        private readonly HashSet<string> _alive = [];

        /// <summary>Stood in a folder when a run over it ended well: in the history for ever, or for 30 days.</summary>
        private readonly HashSet<string> _committed = [];

        /// <summary>False once names may rightly differ: two phones chose one name, or a phone forgot which file was which.</summary>
        private bool _namesAgree = true;

        private bool _paintedOver;
        private int _next;
        private DateTime _time = DateTime.UtcNow.AddDays(-2);

        private World(Phones phones) => _phones = phones;

        public static async Task<World> StartAsync(TestServer server, int count)
        {
            var world = new World(Phones.On(server, Disk));
            for (int i = 0; i < count; i++) world._all.Add(await world._phones.JoinAsync($"phone{i}", [.. Kinds.All]));
            return world;
        }

        public ValueTask DisposeAsync() => _phones.DisposeAsync();

        public async Task DoAsync(Step step)
        {
            int number = step.Phone % _all.Count;
            var phone = _all[number];
            string? path = PickFile(phone, step.Kind, step.Pick);
            switch (step.What)
            {
                case What.Create or What.Edit or What.Replace or What.Delete or What.Rename when path is null || step.What == What.Create: Create(phone, step.Kind, step.Pick); break;
                case What.Edit: Edit(phone, step.Kind, path!, step.Pick); break;
                case What.Replace: Replace(phone, step.Kind, path!); break;
                case What.Delete:
                    _alive.ExceptWith(TokensOf(phone, path!, withAttachments: true));
                    phone.Delete(path!);
                    break;
                case What.Rename:
                    File.Move(Path.Combine(phone.Folder, path!), Path.Combine(phone.Folder, Path.GetDirectoryName(path!)!, $"r{_next++}{Path.GetExtension(path!)}"));
                    break;
                case What.Attach: Attach(phone, step.Pick); break;
                case What.Import: Import(phone, step.Pick); break;
                case What.Sync: await SyncAsync(phone, FolderMode.Sync); break;
                case What.Backup:
                    // A backup takes nothing away: a photo and what it was edited into both keep the name.
                    if (_paintedOver) _namesAgree = false;
                    await SyncAsync(phone, FolderMode.Backup);
                    break;
                case What.SyncAllAtOnce: await Task.WhenAll(_all.Select(p => Task.Run(() => SyncAsync(p, FolderMode.Sync)))); break;
                case What.BreakOff: await BreakOffAsync(phone, step.Pick); break;
                case What.Reopen: _all[number] = _phones.Reopen(phone); break;
                case What.LoseIndex:
                    string folders = Path.Combine(phone.Device.Home.Path, "folders");
                    if (Directory.Exists(folders)) Directory.Delete(folders, recursive: true);
                    _namesAgree = false;
                    break;
                case What.RestartServer: await _phones.Server.RestartAsync(); break;
            }
        }

        /// <summary>Every phone syncs in turn until a whole round changed nothing.</summary>
        public async Task SettleAsync()
        {
            var said = new List<string>();
            for (int round = 0; round < MostRounds; round++)
            {
                bool changed = false;
                foreach (var phone in _all)
                {
                    var report = await SyncAsync(phone, FolderMode.Sync);
                    foreach (var kind in report.Kinds)
                    {
                        if (kind.Sent + kind.Received + kind.Merged + kind.Removed == 0) continue;
                        changed = true;
                        if (round > 4) said.Add($"round {round}: {kind.Kind} sent {kind.Sent} received {kind.Received} merged {kind.Merged} removed {kind.Removed}");
                    }
                    Assert.All(report.Kinds, k => Assert.Equal(0, k.Unexplained));
                }
                if (!changed) return;
            }
            Assert.Fail($"It goes on for ever:\n{string.Join('\n', said)}");
        }

        public async Task CheckAsync()
        {
            // A file of another's making that stands where an attachment belongs is left and named as not sent, on the phone where it stands.
            var named = _all.SelectMany(p => IndexOf(p).Troubles.Select(t => t.Item)).ToHashSet();
            var first = Contents(_all[0], named);
            foreach (var phone in _all.Skip(1))
            {
                var other = Contents(phone, named);
                Assert.True(first.Select(f => f.Hash).Order().SequenceEqual(other.Select(f => f.Hash).Order()), $"The folders differ:\n{Show(_all[0])}\n---\n{Show(phone)}");
                if (_namesAgree) Assert.True(first.SequenceEqual(other), $"Names differ:\n{Show(_all[0])}\n---\n{Show(phone)}");
            }
            // What another phone's file of that name says cannot stand there as well; that it is in the account is looked at below.
            var left = named.Where(IsAttachment).SelectMany(path => _all.SelectMany(p => TokensOf(p, path, withAttachments: false))).ToHashSet();
            foreach (var phone in _all)
            {
                string all = AllText(phone);
                foreach (string token in _alive.Except(left)) Assert.True(all.Contains(token, StringComparison.Ordinal), $"{token} is lost from {Path.GetFileName(Path.GetDirectoryName(phone.Folder))}:\n{Show(phone)}");
            }
            string here = AllText(_all[0]), past = "";
            if (_committed.All(t => here.Contains(t, StringComparison.Ordinal))) return;
            past = await PastAsync(_all[0]);
            foreach (string token in _committed) Assert.True(here.Contains(token, StringComparison.Ordinal) || past.Contains(token, StringComparison.Ordinal), $"{token} was acknowledged, and is neither in the folder nor in the history.");
        }

        private async Task<FolderReport> SyncAsync(Phone phone, FolderMode mode)
        {
            var stood = Tokens().Matches(AllText(phone)).Select(m => m.Value).ToHashSet();
            var report = mode == FolderMode.Sync ? await phone.SyncAsync(new() { AllowRemovals = true }) : await phone.BackupAsync();
            // A note's attachment may be left without its note, and then nobody took it.
            foreach (var trouble in report.Kinds.SelectMany(k => k.Troubles)) stood.ExceptWith(TokensOf(phone, trouble.Item, withAttachments: false));
            lock (_committed) _committed.UnionWith(stood);
            return report;
        }

        private static async Task BreakOffAsync(Phone phone, int pick)
        {
            using var stop = new CancellationTokenSource();
            stop.CancelAfter(TimeSpan.FromMilliseconds(pick % 25));
            try
            {
                await DeviceFolder.Open(phone.Device, phone.Folder).RunAsync(FolderMode.Sync, new() { AllowRemovals = true }, null, stop.Token);
            }
            catch (OperationCanceledException)
            {
                // As meant.
            }
        }

        private void Create(Phone phone, Kind kind, int pick)
        {
            string token = NewToken(), name = $"f{_next++}";
            if (pick % 5 == 0)
            {
                name = "same";
                _namesAgree = false;
            }
            if (pick % 7 == 0 && kind != Kind.Contacts) name = $"sub/{name}";
            string path = kind switch
            {
                Kind.Contacts => $"contacts/{name}.vcf",
                Kind.Notes => $"notes/{name}.md",
                _ => $"photos/{name}.bin",
            };
            if (phone.Has(path)) _alive.ExceptWith(TokensOf(phone, path, withAttachments: true));
            Write(phone, path, kind switch
            {
                Kind.Contacts => FolderSyncTests.Card($"uid-{token}", token),
                Kind.Notes => $"first {token}\n\nmiddle\n\nlast\n",
                _ => $"{token} {new string('p', pick)}",
            });
        }

        private void Edit(Phone phone, Kind kind, string path, int pick)
        {
            string token = NewToken(), text = phone.Read(path);
            if (kind == Kind.Photos)
            {
                // Two phones may paint over the same one: two new photos with one name.
                _namesAgree &= !_paintedOver;
                _paintedOver = true;
                _alive.ExceptWith(TokensOf(phone, path, withAttachments: false));
            }
            Write(phone, path, kind switch
            {
                Kind.Contacts => text.Replace("END:VCARD", $"X-LINE-{pick % 3}:{token}\r\nEND:VCARD", StringComparison.Ordinal),
                Kind.Notes when pick % 3 == 0 => $"{token}\n{text}",
                Kind.Notes when pick % 3 == 1 => text.Replace("middle\n", $"middle\n{token}\n", StringComparison.Ordinal) is var changed && changed != text ? changed : text + token + "\n",
                Kind.Notes => $"{text}{token}\n",
                _ => $"{token} edited",
            });
        }

        /// <summary>One line for another, of the same length: a person takes the old one away.</summary>
        private void Replace(Phone phone, Kind kind, string path)
        {
            string text = phone.Read(path);
            var line = text.Split('\n').FirstOrDefault(l => Tokens().IsMatch(l) && !l.Contains("](", StringComparison.Ordinal) && !l.StartsWith("UID", StringComparison.Ordinal));
            if (line is null || kind == Kind.Photos) return;
            string old = Tokens().Match(line).Value;
            _alive.Remove(old);
            string put = NewToken();
            Write(phone, path, text.Replace(line, line.Replace(old, put, StringComparison.Ordinal), StringComparison.Ordinal));
            if (Tokens().Matches(phone.Read(path)).All(m => m.Value != put)) _alive.Remove(put);
        }

        /// <summary>A note with a file beside it; or such a file changes, and keeps its length.</summary>
        private void Attach(Phone phone, int pick)
        {
            string[] there = [.. phone.Files("notes").Where(IsAttachment)];
            string token = NewToken();
            if (there.Length > 0 && pick % 2 == 0)
            {
                string path = there[pick % there.Length];
                _alive.ExceptWith(TokensOf(phone, path, withAttachments: false));
                // A file that no note links to any more is nobody's: the engine says so, and leaves it.
                if (!IsLinked(phone, path)) _alive.Remove(token);
                Write(phone, path, $"attached {token}");
                return;
            }
            string name = $"a{_next++}";
            Write(phone, $"notes/{name}.dat", $"attached {token}");
            Write(phone, $"notes/{name}.md", $"see {NewToken()}\n\n![it]({name}.dat)\n");
        }

        private void Import(Phone phone, int pick)
        {
            string token = NewToken();
            if (pick % 2 == 0) Write(phone, $"inbox/book{_next++}.vcf", FolderSyncTests.Card($"uid-{token}", token));
            else Write(phone, $"inbox/sms{_next++}.xml", FolderSyncTests.Export(($"+49{pick % 3}", token, _next)));
        }

        private string NewToken()
        {
            string token = $"tok{_next++:00000}x";
            _alive.Add(token);
            return token;
        }

        /// <summary>A person's edits are seconds apart: never within one tick of the disk's clock.</summary>
        private void Write(Phone phone, string path, string text)
        {
            string full = phone.Write(path, text);
            _time = _time.AddSeconds(1);
            File.SetLastWriteTimeUtc(full, _time);
        }

        private static string? PickFile(Phone phone, Kind kind, int pick)
        {
            string[] files = [.. phone.Files(kind.Word()).Where(f => !IsAttachment(f))];
            return files.Length == 0 ? null : files[pick % files.Length];
        }

        private static HashSet<string> TokensOf(Phone phone, string path, bool withAttachments)
        {
            if (!phone.Has(path)) return [];
            string text = phone.Read(path);
            HashSet<string> tokens = [.. Tokens().Matches(text).Select(m => m.Value)];
            if (!withAttachments) return tokens;
            foreach (Match link in Links().Matches(text)) tokens.UnionWith(TokensOf(phone, Path.Combine(Path.GetDirectoryName(path)!, link.Groups[1].Value), withAttachments: false));
            return tokens;
        }

        /// <summary>What is to be the same everywhere. A file that no note links to is nobody's: a person took its note away and left it.</summary>
        private static List<(string Path, string Hash)> Contents(Phone phone, HashSet<string> named) =>
            [.. new[] { "contacts", "notes", "photos" }.SelectMany(phone.Files).Where(f => !IsAttachment(f) || (IsLinked(phone, f) && !named.Contains(f))).Select(f => (f, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(phone.Folder, f))))))];

        private static bool IsAttachment(string path) => path.EndsWith(".dat", StringComparison.Ordinal);

        private static bool IsLinked(Phone phone, string attachment) =>
            phone.Files("notes").Any(f => f.EndsWith(".md", StringComparison.Ordinal) && phone.Read(f).Contains(Path.GetFileName(attachment), StringComparison.Ordinal));

        private static string AllText(Phone phone) => string.Concat(phone.Files("").Select(phone.Read));

        private static string Show(Phone phone)
        {
            var files = new[] { "contacts", "notes", "photos" }.SelectMany(phone.Files).Select(f => $"{f}: {phone.Read(f).ReplaceLineEndings("|")[..Math.Min(160, phone.Read(f).ReplaceLineEndings("|").Length)]}\n");
            var heads = Kinds.All.SelectMany(phone.Device.Store.Heads).Select(h => $"head {h.Record} {h.Kind} {h.Place.Index}/{h.Place.Op}{(h.Removed ? " removed" : "")}\n");
            var index = IndexOf(phone);
            var entries = index.Entries.Values.Select(e => $"index {e.Path} {e.Use} {e.Record} {e.Base.Index}/{e.Base.Op} {e.Size}\n");
            return string.Concat(files.Concat(heads).Concat(entries).Concat(index.Troubles.Select(t => $"trouble {t}\n")).Concat(index.Applied.Select(a => $"applied {a}\n")));
        }

        private static FolderIndex IndexOf(Phone phone) =>
            FolderIndex.Load(Directory.GetFiles(Path.Combine(phone.Device.Home.Path, "folders")).First(f => !f.EndsWith(".unheard", StringComparison.Ordinal)), phone.Device.StoreKey);

        /// <summary>Every revision that the account ever had, as far as it can be read.</summary>
        private static async Task<string> PastAsync(Phone phone)
        {
            var text = new StringBuilder();
            var timeline = new Timeline(phone.Device);
            for (long index = 0; index < phone.Device.Account.Size; index++)
            {
                var commit = phone.Device.Store.CommitAt(index)!;
                for (int op = 0; op < commit.Operations.Count; op++)
                {
                    if (commit.Operations[op] is not Put put || await timeline.ContentAsync(commit.Kind, put.Record, new(index, op), default) is not { } content) continue;
                    text.Append(Encoding.UTF8.GetString(content.Original.Span)).Append('\n');
                    var work = new KindWork(new(phone.Device, phone.Folder, FolderIndex.Load("none", phone.Device.StoreKey), FolderMode.Backup, new(), null), commit.Kind, phone.Device.Account.KeysOf(commit.Kind)!);
                    foreach (var file in content.Files)
                    {
                        using var bytes = new MemoryStream();
                        await work.Receiver.CopyToAsync(put.Record, file, bytes, default);
                        text.Append(Encoding.Latin1.GetString(bytes.ToArray())).Append('\n');
                    }
                }
            }
            return text.ToString();
        }

        [GeneratedRegex(@"tok\d{5}x")]
        private static partial Regex Tokens();

        [GeneratedRegex(@"\]\(([^)]+)\)")]
        private static partial Regex Links();
    }
}
