import { expect } from "bun:test";
import type { Answer, RequestOptions, TestService } from "./service.ts";

/* Made-up logins in the forms of the clients that they are imported from. */

/** Instagram's session id of an account, as its cookie has it. */
export const cookieOf = (pk: string, number = 1): string =>
  `${pk}%3AAbCdEfGhIjKlMnOp%3A${number}%3AAYdMadeUpTail`;

const uuidOf = (pk: string, place: number): string =>
  `${pk.padStart(8, "0").slice(-8)}-0000-4000-8000-${String(place).padStart(12, "0")}`;

/** Settings as aiograpi writes them, in its order, with keys that this service does not know. */
export const settingsOf = (pk: string, changes: Record<string, unknown> = {}) => ({
  uuids: {
    phone_id: uuidOf(pk, 1),
    uuid: uuidOf(pk, 2),
    client_session_id: uuidOf(pk, 3),
    advertising_id: uuidOf(pk, 4),
    android_device_id: `android-${pk.padStart(16, "0").slice(-16)}`,
    request_id: uuidOf(pk, 5),
    tray_session_id: uuidOf(pk, 6),
  },
  mid: "aMidOfTwentyEightCharacters0",
  ig_u_rur: "CLN,1,1735689600:01f7",
  ig_www_claim: "hmac.made-up",
  authorization_data: {
    ds_user_id: pk,
    sessionid: cookieOf(pk),
    should_use_header_over_cookies: true,
  },
  cookies: { csrftoken: "aCsrfToken", ds_user_id: pk },
  last_login: 1735689600.123,
  device_settings: {
    android_version: 26,
    android_release: "8.0.0",
    dpi: "480dpi",
    resolution: "1080x1920",
    manufacturer: "OnePlus",
    device: "devitron",
    model: "6T Dev",
    cpu: "qcom",
    app_version: "364.0.0.35.86",
    version_code: "374010953",
    bloks_versioning_id: "8ccf54aad76788a6ca03ddfc33afcdcf692f2f5a3ba814ea73d5facba7fa2c2d",
  },
  user_agent:
    "Instagram 364.0.0.35.86 Android (26/8.0.0; 480dpi; 1080x1920; OnePlus; 6T Dev; devitron; qcom; en_US; 374010953)",
  country: "US",
  country_code: 1,
  locale: "en_US",
  timezone_offset: -14400,
  request_timeout: 1,
  public_request_retries_count: 3,
  public_request_retries_timeout: 2,
  session_retry_total: 3,
  session_retry_backoff_factor: 2,
  session_retry_statuses: [429, 500, 502, 503, 504],
  public_transport: "requests",
  public_transport_impersonate: "chrome136",
  of_another_client: { id: "3012345678901234567", list: [1, "two", null] },
  ...changes,
});

/** A cookie file in Netscape's form. */
export const netscape = (pk: string, expiry = "1893456000"): string =>
  [
    "# Netscape HTTP Cookie File",
    "# https://curl.se/docs/http-cookies.html",
    "",
    `.instagram.com\tTRUE\t/\tTRUE\t${expiry}\tcsrftoken\taCsrfToken`,
    `#HttpOnly_.instagram.com\tTRUE\t/\tTRUE\t${expiry}\tsessionid\t${cookieOf(pk)}`,
    `.instagram.com\tTRUE\t/\tTRUE\t${expiry}\tds_user_id\t${pk}`,
    `.instagram.com\tTRUE\t/\tTRUE\t0\trur\t"CLN\\054${pk}\\0541735689600:01f7"`,
    `.instagram.com\tTRUE\t/\tFALSE\t${expiry}\tmid\tZaMidOfABrowser`,
    `www.example.com\tFALSE\t/\tFALSE\t${expiry}\tsessionid\t99%3Aof-another-site-which-is-long%3A1`,
  ].join("\n");

/** Cookies as extensions of browsers export them. */
export const cookieList = (pk: string) => [
  {
    domain: ".instagram.com",
    expirationDate: 1893456000.25,
    hostOnly: false,
    httpOnly: true,
    name: "sessionid",
    path: "/",
    sameSite: "no_restriction",
    secure: true,
    session: false,
    storeId: "0",
    value: cookieOf(pk),
    id: 1,
  },
  { domain: ".instagram.com", name: "csrftoken", path: "/", session: true, value: "aCsrfToken" },
  { domain: ".example.com", name: "mid", path: "/", value: "of another site" },
];

export interface ImportedLine {
  line: number;
  outcome: string;
  session_id: string | null;
  username: string | null;
  exc_type: string | null;
  error: string | null;
  lacks: string[];
}

/** Imports lines with a test key, unless another is given. */
export const importLines = (
  service: TestService,
  lines: readonly unknown[] | string,
  options: RequestOptions = {},
): Promise<Answer> =>
  service.request("POST", "/sessions/import", {
    key: service.testKey,
    body: typeof lines === "string" ? lines : lines.map(lineOf).join("\n"),
    ...options,
    headers: { "Content-Type": "application/x-ndjson", ...options.headers },
  });

const lineOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** The session that a single line became. */
export async function importOne(
  service: TestService,
  line: unknown,
  options: RequestOptions = {},
): Promise<string> {
  const { body, text } = await importLines(service, [line], options);
  const [told] = body?.lines ?? [];
  if (!told?.session_id) throw new Error(text);
  return told.session_id;
}

export const ALL_SCOPES = ["read", "write", "auth", "admin"];

/** A tenant of its own, with a test key for everything. */
export async function newImporter(
  service: TestService,
  fields: object = {},
): Promise<{ tenant: string; key: string }> {
  const tenant = await service.createTenant("Imports", { max_sessions: 1_000, ...fields });
  return { tenant, key: (await service.createKey(tenant, { scopes: ALL_SCOPES })).key };
}

/** The lines of a tenant's export. */
export async function exportOf(
  service: TestService,
  key: string,
  query: Record<string, string> = {},
): Promise<any[]> {
  const answer = await service.request("GET", "/sessions/export", { key, query });
  expect(answer.headers.get("content-type"), answer.text).toBe("application/x-ndjson");
  return answer.text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

/** Adds a proxy to a tenant, and resolves with its id. */
export async function newProxyOf(
  service: TestService,
  key: string,
  fields: object,
): Promise<string> {
  const answer = await service.request("POST", "/proxy", { key, json: fields });
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body.proxy_id ?? answer.body.id;
}
