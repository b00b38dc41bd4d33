using System.Reflection;
using System.Runtime.CompilerServices;
using Candor.Hpke;
using Candor.Sealing;
using Xunit;

namespace Candor.Tests.Sealing;

public class SecretsTests
{
    private static readonly Type[] Types = [.. typeof(Secret32).Assembly.GetExportedTypes()];

    [Fact]
    public void AGeneratedSecretIsNotZeroAndNotAnother()
    {
        using Secret32 one = Secret32.Generate();
        using Secret32 two = Secret32.Generate();
        Assert.False(one.IsZero());
        Assert.False(one.FixedTimeEquals(two));
        using Secret32 same = new(one.Bytes);
        Assert.True(one.FixedTimeEquals(same));
        Assert.False(one.Equals(same)); // Nothing compares secrets by accident.
    }

    [Fact]
    public void ADisposedSecretIsZeroAndRefusesToBeRead()
    {
        Secret32 secret = new([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        ReadOnlySpan<byte> kept = secret.Bytes;
        Assert.Equal(32, kept[^1]);
        secret.Dispose();
        Assert.True(kept.IndexOfAnyExcept((byte)0) < 0);
        Assert.Throws<ObjectDisposedException>(() => secret.Bytes.Length);
        Assert.Throws<ObjectDisposedException>(() => Hkdf.Derive(secret, "x"u8));
        secret.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void ASecretHas32Bytes(int length) => Assert.Throws<ArgumentException>(() => new Secret32(new byte[length]));

    /// <summary>A record prints its members.</summary>
    [Fact]
    public void NoTypeIsARecord() =>
        Assert.All(
            Types,
            t => Assert.Null(t.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)));

    /// <summary>
    /// What holds a secret can be disposed; what can be disposed says nothing when it is printed, now and in types to come.
    /// </summary>
    [Fact]
    public void WhatCanBeDisposedPrintsNothing()
    {
        Type[] disposable = [.. Types.Where(t => t.IsClass && typeof(IDisposable).IsAssignableFrom(t))];
        Assert.Contains(typeof(Secret32), disposable);
        Assert.All(disposable, t => Assert.True(t.IsSealed, $"{t} can be derived from."));
        Assert.All(
            disposable,
            t =>
            {
                MethodInfo print = t.GetMethod(nameof(ToString), Type.EmptyTypes)!;
                if (print.DeclaringType == typeof(object)) return; // The type's name.
                Assert.Equal("[secret]", RuntimeHelpers.GetUninitializedObject(t).ToString());
            });
    }

    [Fact]
    public void LiveSecretsPrintNothing()
    {
        using Secret32 secret = Secret32.Generate();
        using RecoveryPhrase phrase = RecoveryPhrase.Generate();
        HpkeBase.SetUpSender(1, HpkeBase.PublicKeyOf(secret), [], new byte[32], out HpkeContext? context);
        using (context)
        {
            foreach (object held in new object[] { secret, phrase, context! }) Assert.Equal("[secret]", $"{held}");
        }

        using SealedWriter writer = new(secret, [], Stream.Null);
        using ContentHasher hasher = new(secret, secret);
        Assert.Equal(typeof(SealedWriter).FullName, writer.ToString());
        Assert.Equal(typeof(ContentHasher).FullName, hasher.ToString());
    }

    /// <summary>Text cannot be cleared: words are handed out by a method that says so.</summary>
    [Fact]
    public void NoPropertyIsText() =>
        Assert.All(
            Types.Where(t => t.IsClass && typeof(IDisposable).IsAssignableFrom(t)).SelectMany(t => t.GetProperties()),
            p => Assert.DoesNotContain(p.PropertyType, new[] { typeof(string), typeof(string[]), typeof(char[]) }));
}
