import { afterEach, expect, test } from "bun:test";
import { EDGE, PROXY_ERROR, startFlyProxy, VISITED } from "../support/fly-proxy.ts";
import { deadPort, listen } from "../support/servers.ts";

/* The stand-in for Fly's proxy does what Fly's documentation says; the three-region test rests on it. */

type Answer = (request: Request) => Response | Promise<Response>;

/** A request as a machine got it. */
interface Seen {
  url: string;
  headers: Headers;
}

const running: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one[Symbol.asyncDispose]();
});

/** A proxy before machines that answer as told; `seen` has each machine's requests. */
async function proxyBefore(answers: Record<string, Answer>, options = {}) {
  const proxy = startFlyProxy({ checks: { everyMs: 50 }, reachMs: 400, ...options });
  running.push(proxy);
  const seen: Record<string, Seen[]> = {};
  for (const [name, answer] of Object.entries(answers)) {
    const [id = "", region = ""] = name.split("@");
    seen[id] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: (request) => {
        if (new URL(request.url).pathname === "/health") return new Response("ok");
        seen[id]?.push({ url: request.url, headers: new Headers(request.headers) });
        return answer(request);
      },
    });
    running.push({ [Symbol.asyncDispose]: () => server.stop(true) });
    proxy.machines.set(id, region, Number(server.port));
  }
  await proxy.machines.allHealthy();
  const ask = (headers: Record<string, string> = {}, init: RequestInit = {}) =>
    fetch(`${proxy.url}/path?q=1`, { ...init, headers: { [EDGE]: "fra", ...headers } });
  return { proxy, seen, ask };
}

const say =
  (text: string): Answer =>
  () =>
    new Response(text);
const replay =
  (header: string): Answer =>
  () =>
    new Response("replay me", { status: 503, headers: { "fly-replay": header } });

test("a request goes to the region of its edge, with the headers of the edge", async () => {
  const { seen, ask } = await proxyBefore({ "a@fra": say("a"), "b@iad": say("b") });
  expect(await (await ask()).text()).toBe("a");
  expect(await (await ask({ [EDGE]: "iad" })).text()).toBe("b");
  const [{ headers }] = seen.a as [Seen];
  expect(headers.get("fly-region")).toBe("fra");
  expect(headers.get("fly-client-ip")).toBe("127.0.0.1");
  expect(headers.get("x-forwarded-for")).toStartWith("127.0.0.1, ");
  expect(headers.has(EDGE)).toBe(false);
});

test("fly-prefer-region and fly-force-instance-id choose", async () => {
  const { proxy, ask } = await proxyBefore({ "a@fra": say("a"), "b@iad": say("b") });
  expect(await (await ask({ "fly-prefer-region": "iad" })).text()).toBe("b");
  expect(await (await ask({ "fly-prefer-region": "syd" })).text()).toBe("a");
  expect(await (await ask({ "fly-force-instance-id": "b" })).text()).toBe("b");
  expect((await ask({ "fly-force-instance-id": "c" })).headers.get(PROXY_ERROR)).toBe(
    "unreachable",
  );
  expect((await ask({ "fly-force-region": "syd" })).status).toBe(503);
  expect(proxy.counts.errors.unreachable).toBe(2);
});

test("an answer with fly-replay is replayed with its body, and says where it came from", async () => {
  const { seen, proxy, ask } = await proxyBefore({
    "a@fra": replay("instance=b;state=first;timeout=2s;fallback=prefer_self"),
    "b@iad": async (request) => new Response(await request.text()),
  });
  const answer = await ask({}, { method: "POST", body: "the body" });
  expect(await answer.text()).toBe("the body");
  expect(answer.headers.get(VISITED)).toBe("a b");
  const [{ url, headers }] = seen.b as [Seen];
  expect(new URL(url).search).toBe("?q=1");
  expect(headers.get("fly-replay-src")).toMatch(/^instance=a;region=fra;t=\d{16};state=first$/);
  expect(proxy.counts.replays).toBe(1);
});

test("regions are taken in their order, as codes and as groups", async () => {
  const { ask } = await proxyBefore({
    "a@fra": replay('region="syd,us,any"'),
    "b@iad": say("b"),
    "c@gru": say("c"),
  });
  expect(await (await ask()).text()).toBe("b");
});

test("elsewhere leaves the answering machine out", async () => {
  const { ask } = await proxyBefore({ "a@fra": replay("elsewhere=true"), "b@iad": say("b") });
  expect(await (await ask()).text()).toBe("b");
});

test("prefer_instance falls back to another machine and says so", async () => {
  const { seen, ask } = await proxyBefore({
    "a@fra": replay("prefer_instance=gone;region=iad"),
    "b@iad": say("b"),
  });
  expect(await (await ask()).text()).toBe("b");
  expect(seen.b?.[0]?.headers.get("fly-preferred-instance-unavailable")).toBe("gone");
});

test("a replay that fails comes back with the reason", async () => {
  const back =
    (header: string): Answer =>
    (request) =>
      request.headers.has("fly-replay-failed") ? new Response("back") : replay(header)(request);
  const { seen, proxy, ask } = await proxyBefore({
    "a@fra": back("instance=gone;timeout=200ms;fallback=prefer_self"),
    "b@iad": back("instance=dead;timeout=200ms;fallback=force_self"),
  });
  proxy.machines.set("dead", "iad", await deadPort());
  expect(await (await ask()).text()).toBe("back");
  expect(await (await ask({ [EDGE]: "iad" })).text()).toBe("back");
  expect(seen.a?.[1]?.headers.get("fly-replay-failed")).toMatch(
    /^instance=gone;app=gramway;replay_source=a;reason=no_candidate;elapsed_ms=\d+$/,
  );
  expect(seen.b?.[1]?.headers.get("fly-replay-failed")).toContain("reason=timeout");
  expect(proxy.counts.fallbacks).toEqual({ no_candidate: 1, timeout: 1, retries_exhausted: 0 });
});

test("a request that came back may not be replayed again", async () => {
  const { ask } = await proxyBefore({ "a@fra": replay("instance=gone;fallback=force_self") });
  const answer = await ask();
  expect(answer.status).toBe(502);
  expect(answer.headers.get(PROXY_ERROR)).toBe("refused");
});

test("without a fallback a failed replay is an error", async () => {
  const { ask } = await proxyBefore({ "a@fra": replay("instance=gone") });
  expect((await ask()).headers.get(PROXY_ERROR)).toBe("unreachable");
});

test("replays without end are an error", async () => {
  const { ask } = await proxyBefore({
    "a@fra": replay("instance=b"),
    "b@iad": replay("instance=a"),
  });
  expect((await ask()).headers.get(PROXY_ERROR)).toBe("loop");
});

test("a body above the limit reaches a machine, and is not replayed", async () => {
  const { ask } = await proxyBefore({
    "a@fra": async (request) => new Response(String((await request.bytes()).length)),
    "b@iad": async (request) => {
      await request.bytes();
      return replay("instance=a")(request);
    },
  });
  const long = { method: "POST", body: new Uint8Array(1_000_001) };
  expect(await (await ask({}, long)).text()).toBe("1000001");
  expect((await ask({ [EDGE]: "iad" }, long)).headers.get(PROXY_ERROR)).toBe("too_large");
});

test("a refused connection is tried elsewhere, a broken one is not", async () => {
  const { proxy, ask, seen } = await proxyBefore({ "b@iad": say("b") });
  const port = await deadPort();
  proxy.machines.set("a", "fra", port);
  const refusing = proxy.machines.all.find(({ id }) => id === "a");
  if (refusing) refusing.isHealthy = true;
  expect(await (await ask()).text()).toBe("b");
  using breaking = await listen((socket) => socket.once("data", () => socket.destroy()));
  proxy.machines.set("c", "fra", breaking.port);
  const broken = proxy.machines.all.find(({ id }) => id === "c");
  if (refusing) refusing.isHealthy = false;
  if (broken) broken.isHealthy = true;
  const answer = await ask();
  expect(answer.headers.get(PROXY_ERROR)).toBe("cut");
  expect(seen.b).toHaveLength(1);
});

test("a machine that fails its checks gets nothing", async () => {
  let isWell = true;
  const { proxy, ask } = await proxyBefore({ "b@iad": say("b") }, { checks: { everyMs: 100_000 } });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: () => new Response("a", { status: isWell ? 200 : 503 }),
  });
  running.push({ [Symbol.asyncDispose]: () => server.stop(true) });
  proxy.machines.set("a", "fra", Number(server.port));
  await proxy.machines.allHealthy();
  expect(await (await ask()).text()).toBe("a");
  isWell = false;
  await proxy.machines.check();
  expect(await (await ask()).text()).toBe("b");
});
