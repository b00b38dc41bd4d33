namespace Candor.Tests;

/// <summary>The folder that the tests were built in: some read the project's own pages and vectors.</summary>
internal static class Checkout
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Candor.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException("The tests run from a checkout: Candor.slnx is not above them.");
    }
}
