using Scalar.AspNetCore;

namespace Candor.Server.Operator;

/// <summary>The page that shows the API, at /docs. It talks to this server and to nobody else.</summary>
internal static class ApiPage
{
    /// <summary>
    /// The page's library comes with doors to its maker's services (an assistant, sharing, a proxy for tried requests): each is off, and the browser refuses whatever a
    /// later version of it would open. Its scripts and styles are written into the page, hence 'unsafe-inline'; nothing that a person wrote is ever shown there.
    /// </summary>
    private const string OwnOriginOnly =
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void Map(IEndpointRouteBuilder app) => app
        .MapScalarApiReference("/docs", o => o.WithTitle("Candor").DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton().HideTestRequestButton())
        .AddEndpointFilter(async (context, next) =>
        {
            var headers = context.HttpContext.Response.Headers;
            headers.ContentSecurityPolicy = OwnOriginOnly;
            headers["Referrer-Policy"] = "no-referrer";
            return await next(context).ConfigureAwait(false);
        });
}
