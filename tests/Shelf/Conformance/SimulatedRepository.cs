using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Candor.Tests.Shelf.Conformance;

/// <summary>A TUF repository in memory whose metadata a case changes at will, honestly or not, then publishes.</summary>
internal sealed class SimulatedRepository
{
    private int _next;

    public SimulatedRepository()
    {
        foreach (string role in (string[])["targets", "snapshot", "timestamp", "root"]) Roles[role] = NewRole(role);
        Roles["targets"]["targets"] = new JsonObject();
        Roles["snapshot"]["meta"] = new JsonObject { ["targets.json"] = new JsonObject { ["version"] = 1 } };
        Roles["timestamp"]["meta"] = new JsonObject { ["snapshot.json"] = new JsonObject { ["version"] = 1 } };
        Roles["root"]["consistent_snapshot"] = true;
        Roles["root"]["keys"] = new JsonObject();
        Roles["root"]["roles"] = new JsonObject();
        foreach (string role in (string[])["root", "timestamp", "snapshot", "targets"])
        {
            Roles["root"]["roles"]![role] = new JsonObject { ["keyids"] = new JsonArray(), ["threshold"] = 1 };
            AddKey(role);
        }
        Publish("targets", "snapshot", "timestamp", "root");
    }

    /// <summary>The signed part of each role, as it will be published next.</summary>
    public Dictionary<string, JsonObject> Roles { get; } = [];

    /// <summary>Published files of each role, the first is version 1.</summary>
    public Dictionary<string, List<byte[]>> Published { get; } = [];

    /// <summary>Who signs a role, in this order.</summary>
    public Dictionary<string, List<RepositorySigner>> Signers { get; } = [];

    public Dictionary<string, byte[]> Artifacts { get; } = [];

    /// <summary>Whether timestamp and snapshot say lengths and hashes of what they list.</summary>
    public bool SaysHashes { get; set; }

    /// <summary>Metadata that was asked for: role as it was spelled, version or null.</summary>
    public List<(string Role, long? Version)> Asked { get; } = [];

    /// <summary>Artifacts that were asked for: path and hash.</summary>
    public List<(string Path, string Hash)> Fetched { get; } = [];

    public RepositorySigner NewSigner(string type = "ecdsa") => RepositorySigner.Get(type, _next++);

    public JsonObject RoleOf(string role) => (JsonObject)Roles["root"]["roles"]![role]!;

    public JsonArray KeyIdsOf(string role) => (JsonArray)RoleOf(role)["keyids"]!;

    public JsonObject Listed(string file, string snapshot = "snapshot") => (JsonObject)Roles[snapshot]["meta"]![file]!;

    public long Version(string role) => long.Parse(Roles[role]["version"]!.ToJsonString(), CultureInfo.InvariantCulture);

    public void SetVersion(string role, long version) => Roles[role]["version"] = version;

    public void Expire(string role, DateTimeOffset when) => Roles[role]["expires"] = Time(when);

    /// <summary>Names a key for a role, and has it sign.</summary>
    public RepositorySigner AddKey(string role, RepositorySigner? signer = null, string delegator = "root", bool signs = true)
    {
        signer ??= NewSigner();
        var delegations = delegator == "root" ? Roles["root"] : (JsonObject)Roles[delegator]["delegations"]!;
        delegations["keys"]![signer.Id] = signer.Key.DeepClone();
        var ids = delegator == "root" ? KeyIdsOf(role) : (JsonArray)((JsonArray)delegations["roles"]!).First(r => (string?)r!["name"] == role)!["keyids"]!;
        ids.Add(signer.Id);
        if (signs) (Signers.TryGetValue(role, out var all) ? all : Signers[role] = []).Add(signer);
        return signer;
    }

    /// <summary>Forgets the keys of a role.</summary>
    public void DropKeys(string role)
    {
        KeyIdsOf(role).Clear();
        Signers[role].Clear();
    }

    /// <summary>New keys for a role, as many as sign it.</summary>
    public void RotateKeys(string role)
    {
        DropKeys(role);
        for (int i = 0; i < (int)RoleOf(role)["threshold"]!; i++) AddKey(role);
    }

    public JsonObject NewTargets() => Fill(NewRole("targets"));

    /// <summary>A role below another, with one key of its own.</summary>
    /// <returns>The key.</returns>
    public RepositorySigner Delegate(string delegator, string role, string[] paths, bool terminating = false)
    {
        var delegations = Roles[delegator]["delegations"] as JsonObject;
        if (delegations is null) Roles[delegator]["delegations"] = delegations = new() { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() };
        ((JsonArray)delegations["roles"]!).Add(new JsonObject { ["name"] = role, ["keyids"] = new JsonArray(), ["threshold"] = 1, ["terminating"] = terminating, ["paths"] = new JsonArray([.. paths.Select(p => (JsonNode)p)]) });
        Roles.TryAdd(role, NewTargets());
        return AddKey(role, delegator: delegator);
    }

    public void AddArtifact(string role, string path, string content, params string[] hashes)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        var named = new JsonObject();
        foreach (string hash in hashes.Length == 0 ? ["sha256"] : hashes) named[hash] = Convert.ToHexStringLower(hash == "sha256" ? SHA256.HashData(bytes) : SHA512.HashData(bytes));
        Roles[role]["targets"]![path] = new JsonObject { ["length"] = bytes.Length, ["hashes"] = named };
        Artifacts[path] = bytes;
    }

    /// <summary>Signs roles in this order, each one version up but for the first time; snapshot and timestamp then list what was published.</summary>
    public void Publish(params string[] roles)
    {
        foreach (string role in roles)
        {
            if (Published.ContainsKey(role)) SetVersion(role, Version(role) + 1);
            byte[] signed = RepositorySigner.Canonical(Roles[role]);
            var signatures = new JsonArray([.. Signers[role].Select(s => (JsonNode)new JsonObject { ["keyid"] = s.Id, ["sig"] = Convert.ToHexStringLower(s.Sign(signed)) })]);
            byte[] file = Encoding.UTF8.GetBytes(new JsonObject { ["signatures"] = signatures, ["signed"] = Roles[role].DeepClone() }.ToJsonString());
            (Published.TryGetValue(role, out var all) ? all : Published[role] = []).Add(file);
            if (role is "root" or "timestamp") continue;
            var listed = new JsonObject { ["version"] = Version(role) };
            if (SaysHashes)
            {
                listed["length"] = file.Length;
                listed["hashes"] = new JsonObject { ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(file)) };
            }
            Roles[role == "snapshot" ? "timestamp" : "snapshot"]["meta"]![$"{role}.json"] = listed;
        }
    }

    /// <summary>Changes the newest published file of a role after it was signed.</summary>
    public void Tamper(string role, Action<JsonObject> change)
    {
        var file = (JsonObject)JsonNode.Parse(Published[role][^1])!;
        change(file);
        Published[role][^1] = Encoding.UTF8.GetBytes(file.ToJsonString());
    }

    /// <summary>What the server has below the repository's address; null: nothing.</summary>
    public byte[]? Fetch(string path)
    {
        if (path.StartsWith("metadata/", StringComparison.Ordinal) && path.EndsWith(".json", StringComparison.Ordinal))
        {
            string name = path["metadata/".Length..^".json".Length];
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            long? version = name != "timestamp" && dot > 0 && long.TryParse(name[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
            string role = version is null ? name : name[(dot + 1)..];
            Asked.Add((role, version));
            if (!Published.TryGetValue(Uri.UnescapeDataString(role), out var files) || files.Count == 0) return null;
            if (version is null) return files[^1];
            return version >= 1 && version <= files.Count ? files[(int)version - 1] : null;
        }
        if (!path.StartsWith("targets/", StringComparison.Ordinal)) return null;
        string[] parts = Uri.UnescapeDataString(path["targets/".Length..]).Split('/');
        string[] last = parts[^1].Split('.', 2);
        string target = string.Join('/', [.. parts[..^1], last[^1]]);
        Fetched.Add((target, last[0]));
        if (!Artifacts.TryGetValue(target, out byte[]? bytes)) return null;
        bool listed = Roles.Values.Any(r => r["targets"]?[target]?["hashes"] is JsonObject hashes && hashes.Any(h => (string?)h.Value == last[0]));
        return listed ? bytes : null;
    }

    public static string Time(DateTimeOffset when) => when.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Fill(JsonObject role)
    {
        role["targets"] = new JsonObject();
        return role;
    }

    private static JsonObject NewRole(string type) => new() { ["_type"] = type, ["spec_version"] = "1.0.34", ["version"] = 1, ["expires"] = Time(DateTimeOffset.UtcNow.AddDays(30)) };
}
