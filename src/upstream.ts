import type { Emulator } from "./emulator/index.ts";
import type { UpstreamCall, UpstreamFetch } from "./instagram/client.ts";
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
  const live: UpstreamFetch = (call) => platform.fetch(redirected(call, upstreamUrl));
  return (mode, tenantId) => (mode === "live" ? live : (call) => emulate(emulator, call, tenantId));
}

function redirected(call: UpstreamCall, upstreamUrl: string | null): UpstreamCall {
  // The platform derives Host from the URL; one of our own would also be taken for the TLS name.
  const { Host: _derived, ...headers } = call.headers;
  if (upstreamUrl === null) return { ...call, headers };
  const url = new URL(call.url);
  if (url.hostname !== APP_HOST) headers["X-Forwarded-Host"] = url.hostname;
  return { ...call, headers, url: `${upstreamUrl}${url.pathname}${url.search}` };
}

function emulate(emulator: Emulator, call: UpstreamCall, world: string): Promise<Response> {
  const { method, url, headers, body } = call;
  return emulator.handle(new Request(url, { method, headers, body }), world);
}
