import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Route, unlisted, withoutKey } from "../http/route.ts";
import { StaticContent } from "../http/static-content.ts";
import { GatewayProblem } from "../problems/gateway.ts";

const ASSETS: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
]);
/** Kept, and asked about each time: it changes with the service. */
const REVALIDATED = { "Cache-Control": "no-cache" };

/** What is served here, made when it is first asked for. */
export interface Documentation {
  /** The OpenAPI document as JSON text. */
  openApi(): Promise<string>;
  /** The page of Swagger UI, its assets below /docs/assets/. */
  page(): Promise<string>;
}

/** `/docs` (Swagger UI from local files), `/openapi.json`, and `/` that leads there. */
export function docsRoutes(
  documentation: Documentation,
  /** Part of the assets' paths, so that browsers need never ask again for what they have. */
  assetsVersion: string,
): Route[] {
  const page = once(async () => pageOf(await documentation.page(), assetsVersion));
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

/** Makes a value when it is first wanted; what fails is tried again. */
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
 * The page, with a policy under which nothing comes from elsewhere, no other page frames it, and of
 * scripts in the page itself only those run that it was made with. Swagger UI styles its elements one
 * by one.
 */
function pageOf(html: string, assetsVersion: string): StaticContent {
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
