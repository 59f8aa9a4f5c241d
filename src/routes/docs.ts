import { readFile } from "node:fs/promises";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import type { Documentation } from "../http/openapi.ts";
import { Problem } from "../http/problems.ts";

const ASSETS: ReadonlyMap<string, string> = new Map([
  ["swagger-ui.css", "text/css; charset=utf-8"],
  ["swagger-ui-bundle.js", "text/javascript; charset=utf-8"],
]);
// Nothing may come from elsewhere: the page must work without internet.
const PAGE_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:";

const hidden = { open: true, detail: { hide: true } } as const;

/** `/docs` (Swagger UI from local files), `/openapi.json`, and `/` that leads there. */
export const docsRoutes = (deps: Dependencies, describe: () => Promise<Documentation>) =>
  new Elysia()
    .use(access(deps))
    .get("/", () => new Response(null, { status: 307, headers: { Location: "/docs" } }), hidden)
    .get(
      "/openapi.json",
      async () =>
        new Response((await describe()).openApi, {
          headers: { "Content-Type": "application/json", "Access-Control-Allow-Origin": "*" },
        }),
      hidden,
    )
    .get(
      "/docs",
      async () =>
        new Response((await describe()).page, {
          headers: {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": PAGE_POLICY,
          },
        }),
      hidden,
    )
    .get(
      "/docs/assets/:file",
      async ({ params }) => {
        const type = ASSETS.get(params.file);
        if (!type) throw new Problem("NotFound", "No such file");
        const file = new URL(import.meta.resolve(`swagger-ui-dist/${params.file}`));
        return new Response(await readFile(file), {
          headers: { "Content-Type": type, "Cache-Control": "public, max-age=86400" },
        });
      },
      hidden,
    );
