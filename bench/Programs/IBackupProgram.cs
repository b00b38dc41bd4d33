using Candor.Bench.Measuring;

namespace Candor.Bench.Programs;

/// <summary>A program that keeps a folder elsewhere and brings it back. One object is one empty repository, with its server where it has one; disposing it removes both.</summary>
internal interface IBackupProgram : IDisposable
{
    string Name { get; }

    /// <summary>Brings what is new in the folder into the repository. The first time, everything.</summary>
    Sample Backup();

    /// <summary>Brings everything back into an empty folder.</summary>
    Sample Restore(string into);

    /// <summary>Brings one file back, alone, into an empty folder.</summary>
    /// <param name="name">Its path below the folder that is backed up.</param>
    /// <param name="into">An empty folder.</param>
    /// <returns>The run, and where the file is now; null: the program has no command for it.</returns>
    (Sample Sample, string File)? RestoreOne(string name, string into);
}
