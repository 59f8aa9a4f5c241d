import { type Reply, reply } from "./fake-instagram.ts";
import type { Answer, TestService } from "./service.ts";

/** The account of live keys in tests, and its session cookie. */
export const USER_PK = "49123456789";
export const SESSION_COOKIE = `${USER_PK}%3AAbCdEfGhIjKlMnOp%3A12%3AAYdSessionIdTail`;

/** Saved settings of a login that another service made. */
export const savedSettings = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  uuids: { uuid: "bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb" },
  mid: "aSessionMidValue",
  authorization_data: { ds_user_id: USER_PK, sessionid: SESSION_COOKIE },
  cookies: { csrftoken: "aCsrfToken", ds_user_id: USER_PK },
  ...changes,
});

/** Imports saved settings as a session of the live key, and clears the recorded upstream calls. */
export async function importSession(
  service: TestService,
  settings: Record<string, unknown> | string = savedSettings(),
  fields: Record<string, string> = {},
  key = service.liveKey,
): Promise<string> {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings);
  const form = { settings: text, ...fields };
  const answer = await service.request("PATCH", "/auth/settings", { key, form });
  if (answer.status !== 200) throw new Error(answer.text);
  service.instagram.takePaths();
  return answer.body;
}

/** Logs `me.account` in; the fields may name others, or add some. */
export function logIn(service: TestService, fields: Record<string, string> = {}): Promise<Answer> {
  const form = { username: "me.account", password: "pw", ...fields };
  return service.request("POST", "/auth/login", { key: service.liveKey, form });
}

export async function settingsOf(service: TestService, session: string): Promise<any> {
  return (await service.request("GET", "/auth/settings", { key: service.liveKey, session })).body;
}

/** The upstream's answer to a login that succeeds. */
export function loggedIn(pk = USER_PK, sessionId = `${pk}%3ANewSession%3A5`): Reply {
  const data = Buffer.from(JSON.stringify({ ds_user_id: pk, sessionid: sessionId }));
  return reply(
    200,
    { logged_in_user: { pk: Number(pk), username: "me.account" }, status: "ok" },
    { "ig-set-authorization": `Bearer IGT:2:${data.toString("base64")}` },
  );
}

export const challengePath = `/challenge/${USER_PK}/NonceCode/`;

/** `challenge_required` as a login meets it, with a number that JavaScript would round. */
export const CHALLENGE_TEXT = `{"message": "challenge_required", "challenge": {"url": "https://i.instagram.com${challengePath}", "api_path": "${challengePath}", "lock": true, "native_flow": true, "cni": 18226879502000588123}, "status": "fail", "error_type": "checkpoint_challenge_required"}`;

/** The JSON in a signed body. */
export function signedBody(call: { body: string | null } | undefined): Record<string, any> {
  const text = new URLSearchParams(call?.body ?? "").get("signed_body") ?? "";
  return JSON.parse(text.replace(/^SIGNATURE\./, ""));
}
