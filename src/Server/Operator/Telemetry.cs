using System.Diagnostics.Metrics;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Candor.Server.Operator;

/// <summary>Metrics and traces for the operator's own collector. Nothing leaves unless OTEL_EXPORTER_OTLP_ENDPOINT names one.</summary>
internal static class Telemetry
{
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    // Paths carry account ids, and the rest says who asked from where: none of it is exported.
    private static readonly string[] Personal =
        ["url.path", "url.query", "url.full", "client.address", "client.port", "network.peer.address", "network.peer.port", "user_agent.original", "server.address", "server.port"];

    public static Meter Meter { get; } = new("Candor.Server");

    public static bool IsOn => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(EndpointVariable));

    public static void Add(IServiceCollection services) => services.AddOpenTelemetry()
        .WithMetrics(m => m.AddMeter(Meter.Name).AddAspNetCoreInstrumentation().AddOtlpExporter())
        .WithTracing(t => t.AddAspNetCoreInstrumentation(o =>
        {
            o.RecordException = false;
            o.EnrichWithHttpResponse = (activity, _) =>
            {
                foreach (string tag in Personal) activity.SetTag(tag, null);
            };
        }).AddOtlpExporter());
}
