import { randomBytes } from "node:crypto";
import { type JsonObject, json } from "./answer.ts";
import type { Exchange } from "./router.ts";
import type { Person } from "./seed/people.ts";
import { userShort } from "./seed/user-shape.ts";
import { authorizationOf, issueSessionId } from "./token.ts";

/** The answer to a login: the account in the body, the new session in headers and cookies. */
export function loggedIn(
  account: Person,
  request: Request,
  now: number,
  extra: JsonObject = {},
): Response {
  const sessionId = issueSessionId(account.pk);
  const pk = String(account.pk);
  const rur = routingOf(pk, now);
  const mid = midOf(request);
  const headers = new Headers({
    "ig-set-authorization": authorizationOf({ pk: account.pk, sessionId }),
    "ig-set-x-mid": mid,
    "ig-set-ig-u-ds-user-id": pk,
    "ig-set-ig-u-rur": rur,
    "x-ig-set-www-claim": claimOf(sessionId),
  });
  const secure = request.url.startsWith("https:");
  setCookie(headers, "csrftoken", sessionId.slice(-26).padStart(32, "0"), secure);
  setCookie(headers, "mid", mid, secure);
  setCookie(headers, "ds_user_id", pk, secure);
  setCookie(headers, "sessionid", sessionId, secure);
  setCookie(headers, "rur", `"${rur.replaceAll(",", "\\054")}"`, secure);
  const user = {
    ...userShort(account),
    phone_number: "+15550100000",
    country_code: 1,
    national_number: 5550100000,
    can_see_organic_insights: true,
    has_placed_orders: false,
    is_business: account.isBusiness,
    account_type: 1,
    is_call_to_action_enabled: null,
    reel_auto_archive: "on",
    allow_contacts_sync: false,
    interop_messaging_user_fbid: pk,
  };
  return json(
    JSON.stringify({ ...extra, logged_in_user: user, session_flush_nonce: null, status: "ok" }),
    200,
    headers,
  );
}

/** Headers for clients without a session: the machine id, which the app keeps from then on. */
export function visitorHeaders({ request }: Exchange): Headers {
  const mid = midOf(request);
  const headers = new Headers({ "ig-set-x-mid": mid });
  const secure = request.url.startsWith("https:");
  setCookie(headers, "mid", mid, secure);
  setCookie(headers, "csrftoken", `${mid.slice(0, 28)}Csrf`, secure);
  return headers;
}

/** Headers of feeds with a new routing value and claim, which the app sends from then on. */
export function sessionHeaders({ viewer, sessionId, now }: Exchange): Headers {
  return new Headers({
    "ig-set-ig-u-rur": routingOf(String(viewer.pk), now),
    "x-ig-set-www-claim": claimOf(sessionId),
  });
}

/** The routing value: region, account, expiry in a year (unix seconds) and a tail; sent back as IG-U-RUR. */
function routingOf(pk: string, now: number): string {
  return `NHA,${pk},${Math.floor(now / 1_000) + 31_536_000}:01f7emulator`;
}

function claimOf(sessionId: string): string {
  return `hmac.AR0${sessionId.slice(-26)}`;
}

function midOf(request: Request): string {
  return request.headers.get("x-mid") || `aEmulator${randomBytes(14).toString("base64url")}`;
}

/** Over plain HTTP without Domain and Secure: clients would drop such cookies of another host. */
function setCookie(headers: Headers, name: string, value: string, secure: boolean): void {
  const place = secure ? "; Domain=.instagram.com; Secure" : "";
  const hidden = name === "sessionid" || name === "rur" ? "; HttpOnly" : "";
  headers.append("Set-Cookie", `${name}=${value}; Path=/; Max-Age=31536000${place}${hidden}`);
}
