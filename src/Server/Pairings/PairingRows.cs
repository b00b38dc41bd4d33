using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Pairings;

/// <summary>A letter box for two devices (spec/pairing.md). Null: not sent yet.</summary>
internal sealed record Pairing(Id Poster, byte[] Commitment, Id? Account, Id? Offerer, byte[]? Offer, byte[]? Reveal, byte[]? Welcome)
{
    /// <summary>How many of the four messages are here.</summary>
    public int Messages => 1 + (Offer is null ? 0 : 1) + (Reveal is null ? 0 : 1) + (Welcome is null ? 0 : 1);
}

/// <summary>Table pairings.</summary>
internal static class PairingRows
{
    /// <summary>A new pairing in the place of the poster's last one. False where the code is taken: try another.</summary>
    public static bool Insert(Statements sql, string code, Id poster, ReadOnlyMemory<byte> commitment, DateTimeOffset expires, DateTimeOffset now)
    {
        sql.Execute("DELETE FROM pairings WHERE poster = @poster OR expires <= @now", ("poster", poster), ("now", now));
        return sql.Execute(
            "INSERT INTO pairings (code, poster, commitment, expires) VALUES (@code, @poster, @commitment, @expires) ON CONFLICT DO NOTHING",
            ("code", code), ("poster", poster), ("commitment", commitment), ("expires", expires)) == 1;
    }

    public static Pairing? Find(Statements sql, string code, DateTimeOffset now)
    {
        using var row = sql.Query(
            "SELECT poster, commitment, account, offerer, offer, reveal, welcome FROM pairings WHERE code = @code AND expires > @now", ("code", code), ("now", now));
        if (!row.Read()) return null;
        Id? Nullable(int column) => row.IsDBNull(column) ? null : row.Id(column);
        return new(row.Id(0), row.Bytes(1), Nullable(2), Nullable(3), row.BytesOrNull(4), row.BytesOrNull(5), row.BytesOrNull(6));
    }

    public static void Offer(Statements sql, string code, Id account, Id offerer, ReadOnlyMemory<byte> offer) => sql.Execute(
        "UPDATE pairings SET account = @account, offerer = @offerer, offer = @offer WHERE code = @code",
        ("account", account), ("offerer", offerer), ("offer", offer), ("code", code));

    public static void Reveal(Statements sql, string code, ReadOnlyMemory<byte> reveal) =>
        sql.Execute("UPDATE pairings SET reveal = @reveal WHERE code = @code", ("reveal", reveal), ("code", code));

    public static void Welcome(Statements sql, string code, ReadOnlyMemory<byte> welcome) =>
        sql.Execute("UPDATE pairings SET welcome = @welcome WHERE code = @code", ("welcome", welcome), ("code", code));

    public static void Delete(Statements sql, string code) => sql.Execute("DELETE FROM pairings WHERE code = @code", ("code", code));
}
