import type { Emulator } from "./emulator/index.ts";
import { headersOf, type UpstreamCall, type UpstreamFetch } from "./instagram/client.ts";
import type { Platform } from "./platform/platform.ts";
import type { Mode } from "./sessions/session-store.ts";

const APP_HOST = "i.instagram.com";

/**
 * The ways out: test sessions meet the emulator in this process (their proxies are kept, but there
 * is no network to take them over), live sessions meet Instagram, or the origin in `upstreamUrl`.
 */
export function createUpstream(
  platform: Platform,
  emulator: Emulator,
  upstreamUrl: string | null,
): (mode: Mode, tenantId: string) => UpstreamFetch {
  const live: UpstreamFetch =
    upstreamUrl === null
      ? (call) => platform.fetch(call)
      : (call) => platform.fetch(redirected(call, upstreamUrl));
  return (mode, tenantId) => (mode === "live" ? live : (call) => emulate(emulator, call, tenantId));
}

function redirected(call: UpstreamCall, upstreamUrl: string): UpstreamCall {
  const pathStart = call.url.indexOf("/", "https://".length);
  const host = call.url.slice("https://".length, pathStart);
  if (host !== APP_HOST) call.headers["X-Forwarded-Host"] = host;
  call.url = upstreamUrl + call.url.slice(pathStart);
  return call;
}

function emulate(emulator: Emulator, call: UpstreamCall, world: string): Promise<Response> {
  const { method, url, body } = call;
  return emulator.handle(new Request(url, { method, headers: headersOf(call), body }), world);
}
