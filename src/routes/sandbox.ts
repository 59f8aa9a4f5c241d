import { type Route, unlisted, withoutKey } from "../http/route.ts";
import { SANDBOX_FILES } from "../http/sandbox-files.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/** The file behind a path never changes. */
const CACHE = "public, max-age=31536000, immutable";

/**
 * `/sandbox/cdn/…`: the pictures and videos of sandbox answers. `fileAt` gets a file by its path on
 * the emulator's file host.
 */
export const sandboxRoutes = (fileAt: (path: string) => Promise<Response>): Route[] => [
  unlisted("GET", `${SANDBOX_FILES}/*`, { access: withoutKey }, async ({ request }) => {
    const { pathname } = new URL(request.url);
    const file = await fileAt(pathname.slice(SANDBOX_FILES.length));
    if (!file.ok) throw new GatewayProblem("NotFound", "No such file");
    return new Response(file.body, {
      headers: {
        "Content-Type": file.headers.get("Content-Type") ?? "application/octet-stream",
        "Content-Length": file.headers.get("Content-Length") ?? "",
        "Cache-Control": CACHE,
      },
    });
  }),
];
