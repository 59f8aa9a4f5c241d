import { randomUUID } from "node:crypto";
import { APP_ID, CAPABILITIES, WEB_QUERY_USER_AGENT } from "./app-profiles.ts";
import { appLocale } from "./device.ts";
import { randomBetween } from "./random.ts";
import type { SessionState } from "./session.ts";

/**
 * Headers that the app or a browser sends. Values that are random in the recorded traffic are drawn
 * for each request, from the recorded range.
 */
export type Headers = Record<string, string>;

const YEAR_SECONDS = 31_536_000;

/** Fixed tails of made-up IG-U-* values; the recorded client sends the same for every account. */
const REGION_HINT = "01f7bae7d8b131877d8e0ae1493252280d72f6d0d554447cb1dc9049b6b2c507c08605b7";
const SHBID = "01f778d9c9f7546cf3722578fbf9b85143cd6e5132723e5c93f40f55ca0459c8ef8a0d9f";
const SHBTS = "01f7ace11925d0388080078d0282b75b8059844855da27e23c90a362270fddfb3fae7e28";
const RUR = "01f7f627f9ae4ce2874b2e04463efdb184340968b1b006fa88cb4cc69a942a04201e544c";

/** A device's headers, in two forms. */
export interface DeviceHeaders {
  /** The runtime's type: copying it is several times cheaper than converting the record. */
  readonly native: globalThis.Headers;
  readonly record: Readonly<Headers>;
}

const deviceCache = new WeakMap<SessionState, { revision: number; headers: DeviceHeaders }>();

/** The Android app's headers that depend only on the device, its locale and its release. Cached. */
export function deviceHeaders(state: SessionState): DeviceHeaders {
  const cached = deviceCache.get(state);
  if (cached && cached.revision === state.deviceRevision) return cached.headers;
  const record = deviceRecord(state);
  const headers = { record, native: new globalThis.Headers(record) };
  deviceCache.set(state, { revision: state.deviceRevision, headers });
  return headers;
}

function deviceRecord(state: SessionState): Headers {
  const locale = appLocale(state.locale);
  const language = locale.replaceAll("_", "-");
  return {
    Accept: "*/*",
    "X-IG-App-Locale": locale,
    "X-IG-Device-Locale": locale,
    "X-IG-Mapped-Locale": locale,
    "X-IG-App-Startup-Country": state.country.toUpperCase(),
    "X-Bloks-Version-Id": state.bloksVersioningId,
    "X-Bloks-Is-Layout-RTL": "false",
    "X-Bloks-Is-Panorama-Enabled": "true",
    "X-IG-Device-ID": state.ids.uuid,
    "X-IG-Family-Device-ID": state.ids.phone_id,
    "X-IG-Android-ID": state.ids.android_device_id,
    "X-IG-Timezone-Offset": String(state.timezoneOffset),
    "x-fb-connection-type": "WIFI",
    "X-IG-Connection-Type": "WIFI",
    "X-IG-Capabilities": CAPABILITIES,
    "X-IG-App-ID": APP_ID,
    Priority: "u=3",
    "User-Agent": state.userAgent,
    "Accept-Language": language === "en-US" ? language : `${language}, en-US`,
    "Accept-Encoding": "zstd, gzip, deflate",
    "X-FB-HTTP-Engine": "Tigon/MNS/TCP",
    Connection: "keep-alive",
    "X-FB-Client-IP": "True",
    "X-FB-Server-Cluster": "True",
    "X-IG-Nav-Chain":
      "9MV:self_profile:2,ProfileMediaTabFragment:self_profile:3,9Xf:self_following:4",
  };
}

/**
 * The headers that may change with each request: the login, values that answers have set, and
 * values that are random in the recorded traffic. `now` is unix milliseconds.
 */
export function requestHeaders(state: SessionState, now: number): Headers {
  const seconds = Math.floor(now / 1000);
  const headers: Headers = {
    "X-Pigeon-Session-Id": `UFS-${randomUUID()}-1`,
    "X-Pigeon-Rawclienttime": `${seconds}.${String(Math.floor(now % 1000)).padStart(3, "0")}`,
    "X-IG-Bandwidth-Speed-KBPS": `${randomBetween(2500, 2999)}.${randomBetween(100, 999)}`,
    "X-IG-Bandwidth-TotalBytes-B": String(randomBetween(5_000_000, 90_000_000)),
    "X-IG-Bandwidth-TotalTime-MS": String(randomBetween(2000, 9000)),
    "X-IG-WWW-Claim": state.igWwwClaim ?? "0",
    "IG-INTENDED-USER-ID": state.userId ?? "0",
    "X-IG-SALT-IDS": String(randomBetween(1_061_162_222, 1_061_262_222)),
  };
  if (state.mid) headers["X-MID"] = state.mid;
  const account = state.accountId;
  if (account) {
    // The recorded client writes times with seven decimals.
    const until = `${account},${seconds + YEAR_SECONDS}.${randomBetween(1_000_000, 9_999_999)}`;
    headers["IG-U-DS-USER-ID"] = account;
    headers["IG-U-IG-DIRECT-REGION-HINT"] = `LLA,${until}:${REGION_HINT}`;
    headers["IG-U-SHBID"] = `12695,${until}:${SHBID}`;
    headers["IG-U-SHBTS"] = `${seconds},${until}:${SHBTS}`;
    headers["IG-U-RUR"] = `RVA,${until}:${RUR}`;
  }
  // A value from Instagram goes back in quotes; a made-up one has none.
  if (state.igURur) headers["IG-U-RUR"] = `"${state.igURur}"`;
  const authorization = state.authorization;
  if (authorization) headers.Authorization = authorization;
  const cookie = state.cookieHeader;
  if (cookie) headers.Cookie = cookie;
  return headers;
}

const SAFARI =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/11.1.2 Safari/605.1.15";

/** Headers of a plain browser, for `qe/sync/` and for pages of the website. */
export function browserHeaders(): Headers {
  return {
    Connection: "Keep-Alive",
    Accept: "*/*",
    "Accept-Encoding": "gzip,deflate",
    "Accept-Language": "en-US",
    "User-Agent": SAFARI,
  };
}

/** Headers for the files of sounds: the recorded client loads them with another HTTP library, as it is. */
export const soundHeaders = (): Headers => ({
  Accept: "*/*",
  "Accept-Encoding": "gzip, deflate, zstd",
  Connection: "keep-alive",
  "User-Agent": "python-httpx/0.28.1",
});

/**
 * Headers of GraphQL requests by document id to www.instagram.com. `session` names the query and
 * carries cookies; without it the request is anonymous.
 */
export function webGraphqlHeaders(
  referer: string,
  session?: { friendlyName: string; cookie: string },
): Headers {
  return {
    Connection: "Keep-Alive",
    Accept: "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Accept-Language": "en-US,en;q=0.8",
    "User-Agent": WEB_QUERY_USER_AGENT,
    Referer: referer,
    ...(session ? { "X-FB-Friendly-Name": session.friendlyName, Cookie: session.cookie } : {}),
    "Content-Type": "application/x-www-form-urlencoded",
  };
}
