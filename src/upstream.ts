import type { Emulator } from "./emulator/index.ts";
import { SANDBOX_PROXIES } from "./emulator/proxies.ts";
import {
  headersOf,
  NotSent,
  ProxyFailed,
  type UpstreamCall,
  type UpstreamFetch,
} from "./instagram/client.ts";
import { browserHeaders } from "./instagram/headers.ts";
import { isBlockPage } from "./instagram/refusals.ts";
import type { Platform } from "./platform/platform.ts";
import { type Finding, findingOf, type ProxyProbe } from "./proxies/check.ts";
import { parseProxyUrl } from "./proxies/proxy-url.ts";
import type { Mode } from "./sessions/session-store.ts";
import { Turns } from "./turns.ts";

const APP_HOST = "i.instagram.com";

/**
 * Decides where a session's requests go. Those of live sessions go to Instagram, or to the origin
 * in `upstreamUrl`. Those of test sessions go to the emulator in this process: their proxies are
 * not used, except that the sandbox's failing proxies fail as live ones do. Requests to checked
 * addresses are not meant for Instagram: they go there, through the session's proxy.
 */
export function createUpstream(
  platform: Platform,
  emulator: Emulator,
  upstreamUrl: string | null,
): (mode: Mode, tenantId: string) => UpstreamFetch {
  const live: UpstreamFetch =
    upstreamUrl === null
      ? (call) => platform.fetch(call)
      : async (call) => {
          if (call.addresses) return platform.fetch(call);
          const answer = await platform.fetch(redirected(call, upstreamUrl));
          if (!isForwarded(call) || !isOfProxy(answer, upstreamUrl)) return answer;
          const failed = new ProxyFailed(
            `answered ${answer.status} in the upstream's place`,
            answer.status === 407 ? "credentials" : "answer",
          );
          // A proxy that refuses has kept the request; one that has lost an answer had passed it on.
          throw answer.status < 500 ? new NotSent(failed) : failed;
        };
  const test =
    (tenantId: string): UpstreamFetch =>
    (call) =>
      call.addresses
        ? withSandboxProxies(call, (one) => platform.fetch(one))
        : emulate(emulator, call, tenantId);
  return (mode, tenantId) => (mode === "live" ? live : test(tenantId));
}

function redirected(call: UpstreamCall, upstreamUrl: string): UpstreamCall {
  const pathStart = call.url.indexOf("/", "https://".length);
  const host = call.url.slice("https://".length, pathStart);
  if (host !== APP_HOST) call.headers["X-Forwarded-Host"] = host;
  call.url = upstreamUrl + call.url.slice(pathStart);
  return call;
}

export interface ProxyProbeOptions {
  /** What is fetched. */
  url: string;
  /** As of createUpstream(). */
  upstreamUrl: string | null;
  /** Longest time of a check, in milliseconds. */
  timeoutMs: number;
  /** Whether anything may go to Instagram at the moment. */
  mayAskInstagram: () => Promise<boolean>;
}

/** How a proxy is checked: a live one by fetching a small page through it, one of the sandbox by its name. */
export function createProxyProbe(
  platform: Pick<Platform, "fetch">,
  { url, upstreamUrl, timeoutMs, mayAskInstagram }: ProxyProbeOptions,
): ProxyProbe {
  const isInstagrams = INSTAGRAM_HOST.test(new URL(url).hostname);

  async function probe(proxy: string, signal: AbortSignal): Promise<Finding> {
    if (isInstagrams && !(await mayAskInstagram())) return { kind: "nothing" };
    const call: UpstreamCall = {
      effect: "read",
      method: "GET",
      url,
      device: null,
      headers: browserHeaders(),
      body: null,
      // Whatever the page is, no more of it is read than its head.
      streams: true,
      proxy,
      ownConnection: true,
      firstByteMs: timeoutMs,
      silenceMs: timeoutMs,
      wholeMs: timeoutMs,
      signal,
      ready: async () => {
        if (isInstagrams && !(await mayAskInstagram())) throw new ProxyFailed("is not asked", null);
      },
    };
    const sent = isInstagrams && upstreamUrl !== null ? redirected(call, upstreamUrl) : call;
    const answer = await platform.fetch(sent);
    await answer.body?.cancel();
    return isForwarded(sent) && PROXYS_OWN.has(answer.status)
      ? { kind: "failure", fault: answer.status === 407 ? "credentials" : "answer" }
      : { kind: isInstagrams && isBlocked(answer) ? "blocked" : "success" };
  }

  return ({ url: proxy, mode }, signal) =>
    mode === "test"
      ? Promise.resolve(sandboxFinding(proxy))
      : probe(proxy, signal).catch(findingOf);
}

const INSTAGRAM_HOST = /(?:^|\.)instagram\.com$/;

/** Statuses with which a proxy that forwards requests says that it does not. */
const PROXYS_OWN: ReadonlySet<number> = new Set([407, 502, 503, 504]);

const isBlocked = ({ status, headers }: Response): boolean =>
  isBlockPage(status, /\bjson\b/i.test(headers.get("content-type") ?? ""));

function sandboxFinding(proxy: string): Finding {
  const fate = SANDBOX_PROXIES.get(parseProxyUrl(proxy).host);
  if (fate && "failure" in fate)
    return { kind: "failure", fault: fate.failure === "silent" ? "timeout" : fate.failure };
  return { kind: fate && isBlocked(fate.answer()) ? "blocked" : "success" };
}

/**
 * Whether an HTTP proxy forwards the request itself, so that an answer may be the proxy's own. A
 * tunnel leaves no such doubt.
 */
const isForwarded = ({ url, proxy }: UpstreamCall): boolean =>
  url.startsWith("http:") && proxy !== null && /^https?:/.test(proxy);

/** Headers that only Instagram's servers send. */
const INSTAGRAM_HEADER = /^(?:x-fb-|x-ig-|ig-set-)/;

/**
 * Whether the answer to a forwarded request is the proxy's own. Instagram refuses in JSON or with
 * its own headers, and redirects to itself.
 */
function isOfProxy({ status, headers }: Response, upstreamUrl: string): boolean {
  if (status < 300) return false;
  if ([...headers.keys()].some((name) => INSTAGRAM_HEADER.test(name))) return false;
  if (status >= 400) return !/\bjson\b/i.test(headers.get("content-type") ?? "");
  const target = URL.parse(headers.get("location") ?? "", upstreamUrl);
  return target?.origin !== upstreamUrl && !/(?:^|\.)instagram\.com$/.test(target?.hostname ?? "");
}

function emulate(emulator: Emulator, call: UpstreamCall, world: string): Promise<Response> {
  const { method, url } = call;
  const body = call.body !== null && typeof call.body === "object" ? call.body.bytes : call.body;
  return withSandboxProxies(call, () =>
    // The emulator never waits for a network, so a read of many pages would block everything else.
    turns.run(world, () =>
      emulator.handle(new Request(url, { method, headers: headersOf(call), body }), world),
    ),
  );
}

/** Sends the call, unless its proxy is one of the sandbox that fails. */
function withSandboxProxies(call: UpstreamCall, send: UpstreamFetch): Promise<Response> {
  const { proxy } = call;
  const failing = proxy === null ? undefined : SANDBOX_PROXIES.get(parseProxyUrl(proxy).host);
  if (failing && "answer" in failing) return Promise.resolve(failing.answer());
  return failing ? failAs(failing.failure, call) : send(call);
}

const turns = new Turns();

/** The longest wait for the sandbox's silent proxy, in milliseconds. */
const SILENCE_MS = 2_000;

/** Fails with the message that the platform gives for a live proxy. */
async function failAs(
  failure: "refused" | "silent" | "credentials",
  { firstByteMs, wholeMs }: UpstreamCall,
): Promise<never> {
  if (failure === "refused") throw new NotSent(new ProxyFailed("ECONNREFUSED", "refused"));
  if (failure === "credentials")
    throw new NotSent(new ProxyFailed("refuses its credentials (407)", "credentials"));
  const milliseconds = Math.min(SILENCE_MS, Math.min(firstByteMs, wholeMs) / 2);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  throw new NotSent(new ProxyFailed("did not answer in time", "timeout"));
}
