using Candor.Client.Gate;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>What concerns this account in the server's public log (spec/public-log.md §3 and §4).</summary>
public sealed partial class ServerApi
{
    private const int LongestReceipts = 64 << 20;

    /// <summary>The account's head in the newest hourly root; null: it is in none yet, or the server has no log.</summary>
    public async Task<HeadReceipt?> GetHeadProofAsync(Id account, CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/head-proof";
        try
        {
            using var response = await SendAsync(HttpMethod.Get, path, Purpose.Log, cancel: cancel);
            return HeadReceipt.TryDecode(await ReadAsync(response, LongestAnswer, cancel), out var receipt) ? receipt : throw Garbled($"GET {path}");
        }
        catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.NotFound)
        {
            return null;
        }
    }

    /// <summary>Openings that concern the account, each with its proof once its slot has come.</summary>
    public async Task<IReadOnlyList<LogReceipt>> GetReceiptsAsync(Id account, CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/receipts";
        try
        {
            using var response = await SendAsync(HttpMethod.Get, path, Purpose.Log, cancel: cancel);
            return LogReceipts.TryDecode(await ReadAsync(response, LongestReceipts, cancel), out var receipts) ? receipts : throw Garbled($"GET {path}");
        }
        catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.NotFound)
        {
            return [];
        }
    }
}
