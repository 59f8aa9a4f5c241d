import { createEmulator, type Emulator } from "../../src/emulator/index.ts";
import type { UpstreamCall } from "../../src/instagram/client.ts";
import { loggedIn, USER_PK } from "./live.ts";
import { passwordKeyHeaders } from "./wire/password.ts";

/*
 * The one fake of Instagram, for answers that a test chooses: a recorded one, an odd one, a failure,
 * one that comes late or never. What no test has chosen, the emulator answers to test keys, and the
 * few requests of a login to live keys. It is met in three ways: by a test service (`instagram` of
 * its options), by a client without a service (`clientOf`), and over a socket (`startInstagram`).
 */

/** A request as Instagram gets it, whichever way it came. */
export interface Asked {
  method: string;
  /** Absolute, with the host that is meant. */
  url: string;
  /** Under the names that go over the wire; in lower case where they have gone over it. */
  headers: Record<string, string>;
  /** Null where there is none. */
  body: string | null;
  /** How many bytes a streamed body had. */
  bodyBytes?: number;
  proxy: string | null;
  /** The tenant whose sandbox is asked. */
  world?: string;
  /** The port that the connection came from, where there is one. */
  fromPort?: number;
  /** Aborted when who asks has hung up. */
  signal?: AbortSignal | null;
}

/** An answer as JSON, or as it is where `body` is text. */
export type Reply = { status: number; headers?: Record<string, string> | Headers; body: unknown };

/** What a script gives: an answer, or undefined for the usual one. */
type Given = Reply | Response | undefined;

/**
 * An answer, or a function that makes one, looks at what is asked, or throws as a network would.
 * `usual` is what would be answered without the script.
 */
export type Script =
  | Reply
  | Response
  | ((asked: Asked, usual: () => Promise<Response>) => Given | Promise<Given>);

/** An answer as JSON, or as it is where `body` is text. */
export const reply = (status: number, body: unknown, headers: Reply["headers"] = {}): Reply => ({
  status,
  body,
  headers,
});

/** A path of the private API behind `/api/v1/`, a whole one with a leading slash, or a pattern. */
export type PathOf = string | RegExp;

/** How many requests are remembered. */
const REMEMBERED = 5_000;

export class FakeInstagram {
  /** What was asked, oldest first. */
  readonly calls: Asked[] = [];
  readonly #scripts = new Map<string, { path: PathOf; scripts: Script[] }>();
  /** How often beginAnew() was called. */
  #beginnings = 0;

  /**
   * `behind` is what stands behind the scripts for test keys. Videos are ready at once: a client waits
   * for two seconds where one is not.
   */
  constructor(
    private readonly behind: Emulator = createEmulator({
      now: testEmulatorClock,
      transcodeRate: 0,
    }),
  ) {}

  /** Answers a path with these in their order; the last one stays. With none it is as usual again. */
  on(path: PathOf, ...scripts: Script[]): this {
    this.#scripts.delete(String(path));
    if (scripts.length > 0) this.#scripts.set(String(path), { path, scripts });
    return this;
  }

  /** Forgets the scripts and the calls. */
  reset(): void {
    this.#scripts.clear();
    this.calls.length = 0;
  }

  /** Begins every world anew: what its accounts did is forgotten, and their sessions stay. */
  beginAnew(): void {
    this.#beginnings++;
  }

  /** What was asked of one path. */
  callsOf(path: PathOf): Asked[] {
    return this.calls.filter(({ url }) => isOf(path, new URL(url).pathname));
  }

  /** What was asked so far, in short; emptied by reading. */
  takePaths(): string[] {
    return this.calls
      .splice(0)
      .map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/^\/api\/v1\//, "")}`);
  }

  /** Answers one request; `usual` where no script does. */
  async answer(asked: Asked, usual: () => Promise<Response>): Promise<Response> {
    this.calls.push(asked);
    if (this.calls.length > REMEMBERED) this.calls.shift();
    const script = this.#scriptOf(new URL(asked.url).pathname);
    const given = typeof script === "function" ? await script(asked, usual) : script;
    if (given === undefined) return usual();
    // A response can be read once, and a script may answer many times.
    return given instanceof Response ? given.clone() : responseOf(given);
  }

  /** What live keys meet. */
  readonly live = async (call: UpstreamCall): Promise<Response> => {
    const { method, url, proxy, signal, body: sent } = call;
    // Tests see all headers together, under the names that go over the wire.
    const headers = { ...call.device?.record, ...call.headers };
    if (sent === null || typeof sent === "string")
      return this.serve({ method, url, headers, body: sent, proxy, signal });
    const bytes = await new Response(sent.bytes).bytes();
    const body = Buffer.from(bytes).toString("latin1");
    return this.serve({ method, url, headers, body, bodyBytes: bytes.length, proxy, signal });
  };

  /** The same for a request that has come over a connection. */
  serve(asked: Asked): Promise<Response> {
    return this.answer(asked, async () =>
      responseOf(LOGIN.get(new URL(asked.url).pathname)?.() ?? NOT_FAKED),
    );
  }

  /** What test keys meet. */
  readonly sandbox: Emulator = {
    handle: async (request, world) => {
      const { method, url } = request;
      const headers = Object.fromEntries(request.headers);
      // Files are not kept for tests: they can be large, and the emulator takes them as they come.
      const isText = method === "POST" && headers["content-type"] !== "application/octet-stream";
      const body = isText ? await request.clone().text() : null;
      const asked = { method, url, headers, body, proxy: null, ...(world ? { world } : {}) };
      const now = `${world ?? "default"}, ${this.#beginnings}`;
      return this.answer(asked, () => this.behind.handle(request, now));
    },
  };

  #scriptOf(pathname: string): Script | undefined {
    // Of several that fit, the one that was given last counts.
    for (const { path, scripts } of [...this.#scripts.values()].reverse())
      if (isOf(path, pathname)) return scripts.length > 1 ? scripts.shift() : scripts[0];
    return undefined;
  }
}

const fullPath = (path: string): string => (path.startsWith("/") ? path : `/api/v1/${path}`);

const isOf = (path: PathOf, pathname: string): boolean =>
  typeof path === "string" ? pathname === fullPath(path) : path.test(pathname);

function responseOf({ status, headers, body }: Reply): Response {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(text, { status, ...(headers ? { headers } : {}) });
}

const NOT_FAKED = reply(404, { message: "not faked", status: "fail" });

/** What a login that works, and the account's own profile, are answered with. */
const LOGIN: ReadonlyMap<string, () => Reply> = new Map(
  Object.entries<() => Reply>({
    "launcher/sync/": () => reply(200, { configs: {}, status: "ok" }, { "ig-set-x-mid": "aMid" }),
    "qe/sync/": () => reply(200, { status: "ok" }, passwordKeyHeaders()),
    "qe/expose/": () => reply(200, { status: "ok" }),
    "accounts/login/": () => loggedIn(),
    "feed/reels_tray/": () => reply(200, { tray: [], status: "ok" }),
    "feed/timeline/": () => reply(200, { feed_items: [], status: "ok" }),
    "accounts/current_user/": () =>
      reply(200, { user: { pk: Number(USER_PK), username: "me.account" }, status: "ok" }),
  }).map(([path, answer]) => [fullPath(path), answer]),
);

/** When the sandbox of tests lives: what it shows does not depend on when they run. */
const SANDBOX_TIME = Date.UTC(2025, 10, 1);
const started = Date.now();
export const testEmulatorClock = (): number => SANDBOX_TIME + Date.now() - started;
