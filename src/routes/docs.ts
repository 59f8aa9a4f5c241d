import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Route, unlisted, withoutKey } from "../http/route.ts";
import { StaticContent } from "../http/static-content.ts";
import { GatewayProblem } from "../problems/gateway.ts";

const ASSETS: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
]);
/** Browsers keep the content, but ask each time whether it has changed. */
const REVALIDATED = { "Cache-Control": "no-cache" };

/** The documents to serve. Each is made at its first request. */
export interface Documentation {
  /** The OpenAPI document as JSON text. */
  openApi(): Promise<string>;
  /** The page of Swagger UI, with its assets below /docs/assets/. */
  page(): Promise<string>;
}

/** `/docs` (Swagger UI from local files), `/openapi.json`, and `/`, which redirects to `/docs`. */
export function docsRoutes(
  documentation: Documentation,
  /** Part of the paths of the assets, so that browsers can keep them for ever. */
  assetsVersion: string,
): Route[] {
  const page = once(async () => securedPage(await documentation.page(), assetsVersion));
  const openApi = once(
    async () =>
      new StaticContent(await documentation.openApi(), {
        "Content-Type": "application/json",
        "Access-Control-Allow-Origin": "*",
        ...REVALIDATED,
      }),
  );
  const assets = new Map(
    [...ASSETS].map(([file, type]) => [file, once(() => assetOf(file, type))]),
  );
  const access = withoutKey;
  return [
    unlisted(
      "GET",
      "/",
      { access },
      () => new Response(null, { status: 307, headers: { Location: "/docs" } }),
    ),
    unlisted("GET", "/openapi.json", { access }, async ({ request }) =>
      (await openApi()).answer(request),
    ),
    unlisted("GET", "/docs", { access }, async ({ request }) => (await page()).answer(request)),
    unlisted(
      "GET",
      "/docs/assets/:version/:file",
      { access },
      async ({ request, params: { version, file } }) => {
        const asset = version === assetsVersion ? assets.get(file) : undefined;
        if (!asset) throw new GatewayProblem("NotFound", "No such file");
        return (await asset()).answer(request);
      },
    ),
  ];
}

/** Makes a value at the first call and keeps it. After a failure, the next call tries again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null;
      throw error;
    });
    return made;
  };
}

async function assetOf(file: string, type: string): Promise<StaticContent> {
  const bytes = await readFile(new URL(import.meta.resolve(`swagger-ui-dist/${file}`)));
  return new StaticContent(new Uint8Array(bytes), {
    "Content-Type": type,
    "Cache-Control": "public, max-age=31536000, immutable",
  });
}

/**
 * The page, with a policy that loads nothing from other hosts, forbids framing, and runs only the
 * inline scripts that the page has here. Inline styles are allowed, because Swagger UI uses them.
 */
function securedPage(html: string, assetsVersion: string): StaticContent {
  const page = html.replaceAll("/docs/assets/", `/docs/assets/${assetsVersion}/`);
  const scripts = page
    .split("<script>")
    .slice(1)
    .map((rest) => rest.slice(0, rest.indexOf("</script>")))
    .map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return new StaticContent(page, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": [
      "default-src 'self'",
      ["script-src 'self'", ...scripts].join(" "),
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    ...REVALIDATED,
  });
}
