using Candor.Tests.Log;

namespace Candor.Tests.PublicLog;

/// <summary>The files of our log, read by Go's checksum database code: another make, another language.</summary>
public sealed class GoTileTests(GoSumdb go) : IClassFixture<GoSumdb>
{
    [Fact]
    public void GosTileReaderReadsOurFilesAndRefusesDamagedOnes()
    {
        string folder = Directory.CreateTempSubdirectory("candor-tiles-").FullName;
        try
        {
            foreach (long size in (long[])[1, 255, 256, 257, 700, 70_000])
            {
                var log = MemoryLog.Of(size);
                foreach (var (path, bytes) in log.Files)
                {
                    string file = Path.Combine(folder, path);
                    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                    File.WriteAllBytes(file, bytes);
                }
                object request = new { op = "tiles", dir = folder, size, root = log.Checkpoint.Root.ToBase64() };
                Assert.Null(GoSumdb.Error(go.Ask(request)));
                string first = Path.Combine(folder, size < 256 ? $"tile/entries/000.p/{size}" : "tile/entries/000");
                byte[] honest = File.ReadAllBytes(first);
                File.WriteAllBytes(first, [.. honest[..5], (byte)(honest[5] ^ 1), .. honest[6..]]);
                Assert.NotNull(GoSumdb.Error(go.Ask(request)));
                File.WriteAllBytes(first, honest);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
