namespace Candor.Tests.Cli;

/// <summary>Texts that people read, kept as files. CANDOR_GOLDEN=write writes them anew: then the change is seen in the commit.</summary>
internal static class Golden
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "tests", "Cli", "golden");

    public static void Check(string name, string text)
    {
        string file = Path.Combine(Folder, name + ".txt");
        if (Environment.GetEnvironmentVariable("CANDOR_GOLDEN") == "write")
        {
            Directory.CreateDirectory(Folder);
            File.WriteAllText(file, text);
            return;
        }
        Assert.True(File.Exists(file), $"{file} is missing: run the tests once with CANDOR_GOLDEN=write and read what it wrote.");
        Assert.Equal(File.ReadAllText(file), text);
    }
}
