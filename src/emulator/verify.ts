import { loginRequired, refuse, WAIT_A_FEW_MINUTES } from "./answer.ts";
import { refuseClosed } from "./closed-account.ts";
import type { Access } from "./router.ts";
import { fixedOf } from "./seed/fixtures.ts";
import type { Person } from "./seed/people.ts";
import { readAuthorization, readSessionId, type Session } from "./token.ts";
import type { World } from "./world.ts";

/** The oldest major version of the app that is accepted. */
const OLDEST_VERSION = 60;

const APP_USER_AGENT = /^Instagram (\d{1,4})\.[\d.]+ (?:Android )?\(([^()]*)\)$/;
const ANDROID_DEVICE = /^\d+\//;
const IOS_DEVICE = /^(?:iPhone|iPad)[\d,]+; /;

/** `X-IG-App-ID` of the Android app, the iOS app and the website. */
const APP_IDS = new Set(["567067343352427", "124024574287414", "936619743392459"]);

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The Android id that the app makes up on its first start. */
export function isAndroidId(text: string): boolean {
  return /^android-[0-9a-f]{16}$/i.test(text);
}

/** User agents that were accepted before: a client sends the same one with every request. */
const accepted = new Set<string>();

/** Throws a Refusal (400) for a request that is not from an app that the upstream still serves. */
export function checkApp(headers: Headers, access: Access): void {
  const userAgent = headers.get("user-agent") ?? "";
  checkUserAgent(userAgent, access);
  if (!APP_IDS.has(headers.get("x-ig-app-id") ?? "")) throw missingHeader("X-IG-App-ID");
  if (!headers.has("x-ig-capabilities")) throw missingHeader("X-IG-Capabilities");
  if (!headers.has("x-ig-connection-type")) throw missingHeader("X-IG-Connection-Type");
  if (!isUuid(headers.get("x-ig-device-id") ?? "")) throw missingHeader("X-IG-Device-ID");
  const android = userAgent.includes(" Android (");
  if (android && !isAndroidId(headers.get("x-ig-android-id") ?? "")) {
    throw missingHeader("X-IG-Android-ID");
  }
}

/** Throws a Refusal (400) for a user agent that is not that of an app which the upstream still serves. */
export function checkUserAgent(userAgent: string, access: Access): void {
  if (accepted.has(userAgent)) return;
  const app = APP_USER_AGENT.exec(userAgent);
  if (app === null || !isDevice(app[2] ?? "", userAgent.includes(" Android (")))
    throw refuse(400, "useragent mismatch");
  if (Number(app[1]) < OLDEST_VERSION) throw outdated(access);
  if (accepted.size > 10_000) accepted.clear();
  accepted.add(userAgent);
}

function isDevice(description: string, android: boolean): boolean {
  if (!android) return IOS_DEVICE.test(description);
  const parts = description.split(";").length;
  return ANDROID_DEVICE.test(description) && (parts === 8 || parts === 9);
}

/** Before login the upstream names the reason; a session gets a checkpoint whose URL is only a page. */
function outdated(access: Access): Error {
  return access === "session"
    ? refuse(400, "checkpoint_required", undefined, {
        checkpoint_url: "https://i.instagram.com/web/unsupported_version/",
        lock: false,
        flow_render_type: 0,
      })
    : refuse(
        400,
        "Your version of Instagram is out of date. Please upgrade your app to log in to Instagram.",
        "needs_upgrade",
      );
}

function missingHeader(name: string): Error {
  return refuse(400, `Missing or invalid header: ${name}`);
}

/** Sessions by header: every request of a session has the same one, and its signature is checked once. */
const known = new Map<string, Session | undefined>();

/** The session of a request, or undefined. The header wins over the cookie, as upstream. */
function sessionOf(headers: Headers): Session | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null && !/^Bearer IGT:2:$/.test(authorization)) {
    return remembered(authorization, readAuthorization);
  }
  const cookie = /(?:^|;\s*)sessionid="?([^;"]+)/.exec(headers.get("cookie") ?? "")?.[1];
  return cookie === undefined ? undefined : remembered(cookie, readSessionId);
}

function remembered(
  text: string,
  read: (text: string) => Session | undefined,
): Session | undefined {
  if (known.has(text)) return known.get(text);
  const session = read(text);
  if (known.size > 20_000) known.clear();
  known.set(text, session);
  return session;
}

/** The account and the session that a request comes from. */
export interface Caller {
  readonly viewer: Person | undefined;
  readonly sessionId: string;
}

const NO_CALLER: Caller = { viewer: undefined, sessionId: "" };

/** Who asks. Throws a Refusal where the route needs a session and there is none, or it has ended. */
export function identify(headers: Headers, access: Access, world: World): Caller {
  const session = sessionOf(headers);
  const alive = session !== undefined && !world.logins.hasEnded(session.sessionId);
  const viewer = alive ? world.people.byPk(session.pk) : undefined;
  if (viewer === undefined) {
    if (access === "session") throw loginRequired();
    if (access === "cookie") throw webLoginRequired();
    return NO_CALLER;
  }
  if (access === "session") {
    const intended = headers.get("ig-intended-user-id");
    if (intended !== null && intended !== String(viewer.pk)) throw refuse(400, "user_mismatch");
  }
  if (access !== "open") refuseClosed(viewer);
  if (fixedOf(viewer).username === "sandbox_throttled" && access !== "open")
    throw refuse(429, WAIT_A_FEW_MINUTES);
  return { viewer, sessionId: session?.sessionId ?? "" };
}

/** 401: the website's answer without a session. */
function webLoginRequired(): Error {
  return refuse(401, WAIT_A_FEW_MINUTES, undefined, { require_login: true });
}
