import { expect } from "bun:test";
import {
  constants,
  createDecipheriv,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
} from "node:crypto";
import type { UpstreamCall } from "../../src/instagram/client.ts";
import { type Answer, createTestService, type TestService } from "./service.ts";

/** What the fake answers with; a function may look at the call, or throw as a network would. */
export type Reply = { status: number; headers?: Record<string, string> | Headers; body: unknown };
export type Replies = Reply | ((call: UpstreamCall) => Reply | Promise<Reply>);

/** An answer as JSON, or as it is where `body` is text. */
export const reply = (status: number, body: unknown, headers: Reply["headers"] = {}): Reply => ({
  status,
  body,
  headers,
});

export const USER_PK = "49123456789";
export const SESSION_COOKIE = `${USER_PK}%3AAbCdEfGhIjKlMnOp%3A12%3AAYdSessionIdTail`;

/** Settings of a login that was made elsewhere. */
export const savedSettings = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  uuids: { uuid: "bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb" },
  mid: "aSessionMidValue",
  authorization_data: { ds_user_id: USER_PK, sessionid: SESSION_COOKIE },
  cookies: { csrftoken: "aCsrfToken", ds_user_id: USER_PK },
  ...changes,
});

/**
 * Answers the calls of live sessions by path, in the order of the replies; the last one stays.
 * Logging in works unless a test says otherwise.
 */
export class FakeInstagram {
  readonly calls: UpstreamCall[] = [];
  readonly #replies = new Map<string, Replies[]>();

  constructor() {
    this.on("launcher/sync/", reply(200, { configs: {}, status: "ok" }, { "ig-set-x-mid": "aMid" }))
      .on("qe/sync/", reply(200, { status: "ok" }, passwordKeyHeaders()))
      .on("qe/expose/", reply(200, { status: "ok" }))
      .on("accounts/login/", loggedIn())
      .on("feed/reels_tray/", reply(200, { tray: [], status: "ok" }))
      .on("feed/timeline/", reply(200, { feed_items: [], status: "ok" }));
  }

  /** `path` is behind `/api/v1/`, or whole with a leading slash. */
  on(path: string, ...replies: Replies[]): this {
    this.#replies.set(fullPath(path), replies);
    return this;
  }

  /** Calls of one path. */
  callsOf(path: string): UpstreamCall[] {
    return this.calls.filter((call) => new URL(call.url).pathname === fullPath(path));
  }

  /** What was called so far, in short; emptied by reading. */
  takePaths(): string[] {
    return this.calls
      .splice(0)
      .map(({ method, url }) => `${method} ${new URL(url).pathname.replace(/^\/api\/v1\//, "")}`);
  }

  readonly handle = async (call: UpstreamCall): Promise<Response> => {
    this.calls.push(call);
    const replies = this.#replies.get(new URL(call.url).pathname);
    const next = replies && (replies.length > 1 ? replies.shift() : replies[0]);
    if (!next) return new Response('{"message":"not faked","status":"fail"}', { status: 404 });
    const { status, headers, body } = typeof next === "function" ? await next(call) : next;
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return new Response(text, { status, ...(headers ? { headers } : {}) });
  };
}

const fullPath = (path: string): string => (path.startsWith("/") ? path : `/api/v1/${path}`);

/** The answer of a login that succeeds. */
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

let keys: { publicKey: KeyObject; privateKey: KeyObject } | undefined;

function keyPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  keys ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
  return keys;
}

export function passwordKeyHeaders(keyId = 209): Record<string, string> {
  const pem = keyPair().publicKey.export({ type: "spki", format: "pem" });
  return {
    "ig-set-password-encryption-key-id": String(keyId),
    "ig-set-password-encryption-pub-key": Buffer.from(String(pem)).toString("base64"),
  };
}

/** Opens `enc_password` as its reader does, and fails where a byte of its layout is wrong. */
export function openPassword(encrypted: string): {
  keyId: number;
  seconds: string;
  password: string;
} {
  const [, seconds = "", payload = ""] =
    /^#PWD_INSTAGRAM:4:(\d+):([A-Za-z0-9+/]+=*)$/.exec(encrypted) ?? [];
  const bytes = Buffer.from(payload, "base64");
  if (bytes[0] !== 1) throw new Error("the first byte is not 1");
  const iv = bytes.subarray(2, 14);
  const length = bytes.readUInt16LE(14);
  const wrapped = bytes.subarray(16, 16 + length);
  const tag = bytes.subarray(16 + length, 32 + length);
  // The padding of PKCS #1 v1.5 is taken off by hand: 0, 2, bytes that are not 0, 0, the key.
  const block = privateDecrypt(
    { key: keyPair().privateKey, padding: constants.RSA_NO_PADDING },
    wrapped,
  );
  if (block[0] !== 0 || block[1] !== 2) throw new Error("the RSA block is not padded for PKCS #1");
  const sessionKey = block.subarray(block.indexOf(0, 2) + 1);
  const decipher = createDecipheriv("aes-256-gcm", sessionKey, iv)
    .setAAD(Buffer.from(seconds))
    .setAuthTag(tag);
  const password = Buffer.concat([decipher.update(bytes.subarray(32 + length)), decipher.final()]);
  return { keyId: bytes[1] ?? -1, seconds, password: password.toString("utf8") };
}

/** The JSON in a signed body. */
export function signedBody(call: UpstreamCall | undefined): Record<string, any> {
  const text = new URLSearchParams(call?.body ?? "").get("signed_body") ?? "";
  return JSON.parse(text.replace(/^SIGNATURE\./, ""));
}

/** A service whose live sessions meet the fake. */
export async function liveService(
  instagram: FakeInstagram,
  options: Omit<Parameters<typeof createTestService>[0], "upstream"> = {},
): Promise<TestService> {
  return createTestService({ ...options, upstream: instagram.handle });
}

/** Imports saved settings and forgets the call that this costs. */
export async function importSession(
  service: TestService,
  instagram: FakeInstagram,
  settings: Record<string, unknown> | string = savedSettings(),
  fields: Record<string, string> = {},
): Promise<string> {
  const answer = await service.request("PATCH", "/auth/settings", {
    key: service.liveKey,
    form: {
      settings: typeof settings === "string" ? settings : JSON.stringify(settings),
      ...fields,
    },
  });
  if (answer.status !== 200) throw new Error(answer.text);
  instagram.takePaths();
  return answer.body;
}

/** Logs `me.account` in; the fields may name others, or add some. */
export function logIn(service: TestService, fields: Record<string, string> = {}): Promise<Answer> {
  return service.request("POST", "/auth/login", {
    key: service.liveKey,
    form: { username: "me.account", password: "pw", ...fields },
  });
}

export async function settingsOf(service: TestService, session: string): Promise<any> {
  return (await service.request("GET", "/auth/settings", { key: service.liveKey, session })).body;
}

export function expectProblem(answer: Answer, status: number, type: string): void {
  expect([answer.status, answer.body.exc_type]).toEqual([status, type]);
}
