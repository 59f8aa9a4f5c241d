import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { SANDBOX_FILES } from "../http/sandbox-files.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/** What a name stands for never changes. */
const CACHE = "public, max-age=31536000, immutable";

/** `/sandbox/cdn/…`: the pictures and videos that answers of test sessions name. */
export const sandboxRoutes = (deps: Dependencies) =>
  new Elysia().use(access(deps)).get(
    `${SANDBOX_FILES}/*`,
    async ({ request }) => {
      const { pathname } = new URL(request.url);
      const file = await deps.sandboxFile(pathname.slice(SANDBOX_FILES.length));
      if (!file.ok) throw new GatewayProblem("NotFound", "No such file");
      return new Response(file.body, {
        headers: {
          "Content-Type": file.headers.get("Content-Type") ?? "application/octet-stream",
          "Content-Length": file.headers.get("Content-Length") ?? "",
          "Cache-Control": CACHE,
        },
      });
    },
    { open: true, detail: { hide: true } },
  );
