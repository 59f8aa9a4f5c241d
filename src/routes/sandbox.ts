import { type Route, unlisted, withoutKey } from "../http/route.ts";
import { SANDBOX_FILES } from "../http/sandbox-files.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/** Gets a file by its path on the emulator's file host. `headers` may ask for a part of it. */
export type SandboxFile = (path: string, headers: Headers) => Promise<Response>;

/** The file behind a path never changes. */
const CACHE = "public, max-age=31536000, immutable";

/** What callers may say of the file that they want. */
const ASKED = ["Range", "If-Range", "If-None-Match"];

/** The whole file, a part of it, the file that the caller has, a part that it does not have. */
const GIVEN = new Set([200, 206, 304, 416]);

/** `/sandbox/cdn/…`: the pictures and videos of sandbox answers. */
export const sandboxRoutes = (fileAt: SandboxFile): Route[] => [
  unlisted("GET", `${SANDBOX_FILES}/*`, { access: withoutKey }, async ({ request }) => {
    const { pathname } = new URL(request.url);
    const path = pathname.slice(SANDBOX_FILES.length);
    const headers = new Headers();
    for (const name of ASKED) {
      const value = request.headers.get(name);
      if (value !== null) headers.set(name, value);
    }
    const file = await fileAt(path, headers);
    if (!GIVEN.has(file.status)) throw new GatewayProblem("NotFound", "No such file");
    // The answer itself is handed on: a new one with its body would lose its length on the way.
    file.headers.set("Cache-Control", CACHE);
    // Accounts upload some of these files: a browser must not find a page in them.
    file.headers.set("X-Content-Type-Options", "nosniff");
    return file;
  }),
];
