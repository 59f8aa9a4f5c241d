import { randomUUID } from "node:crypto";
import { SUPPORTED_CAPABILITIES } from "../app-profiles.ts";
import type { Client } from "../client.ts";
import {
  ACCOUNT_CLOSED,
  isRefusal,
  isUpstreamError,
  UpstreamRefused,
  UpstreamUnreachable,
} from "../errors.ts";
import { browserHeaders } from "../headers.ts";
import { isJsonObject } from "../json.ts";
import { timelineRequest } from "../operations/account.ts";
import { encryptPassword, type PasswordKey } from "../password.ts";
import { json, whole, wholeGood } from "../readings.ts";
import { jazoestOf, path, signed } from "../signing.ts";
import type { UpstreamAnswer } from "../transport/request.ts";
import { send } from "../transport.ts";

export interface LoginInput {
  username: string;
  password: string;
  /** From SMS, e-mail or an authenticator; digits only. */
  verificationCode?: string;
}

/**
 * Logs the session's device in: `launcher/sync/`, `qe/sync/` (for the password key),
 * `accounts/login/`, `accounts/two_factor_login/` if there is a code, then what the app loads
 * first. Nothing here is ever retried: Instagram counts each attempt.
 *
 * Throws UpstreamRefused: TwoFactorRequired (no code, or a wrong one), ChallengeRequired,
 * BadPassword, UnknownUsername, PleaseWaitFewMinutes, …
 */
export async function login(client: Client, input: LoginInput): Promise<void> {
  await syncLauncher(client);
  const passwordKey = await fetchPasswordKey(client);
  const { state } = client;
  const body = {
    jazoest: jazoestOf(state.ids.phone_id),
    country_codes: `[{"country_code":"${state.countryCode}","source":["default"]}]`,
    phone_id: state.ids.phone_id,
    enc_password: encrypted(client, input.password, passwordKey),
    username: input.username,
    adid: state.ids.advertising_id,
    guid: state.ids.uuid,
    device_id: state.ids.android_device_id,
    google_tokens: "[]",
    login_attempt_count: "0",
  };
  let answer: UpstreamAnswer;
  try {
    answer = await send(client, wholeGood, {
      effect: "write",
      method: "POST",
      path: path`accounts/login/`,
      body: signed(body),
      as: "device",
    });
  } catch (error) {
    const identifier = twoFactorIdentifierOf(error);
    if (!input.verificationCode || identifier === null) throw error;
    answer = await sendSecondFactor(client, input.username, input.verificationCode, identifier);
  }
  adoptLogin(client, answer);
  await finishLogin(client);
}

/**
 * Logs in again on the same device. Forgets the old login first, as the app does after a log-out.
 */
export async function relogin(client: Client, input: LoginInput): Promise<void> {
  client.state.clearLogin();
  try {
    await login(client, input);
  } catch (error) {
    // The kind's own hint names another route.
    if (isRefusal(error, "TwoFactorRequired"))
      throw error.as(error.kind, error.message, RELOGIN_WITH_CODE);
    throw error;
  }
}

const RELOGIN_WITH_CODE = "Retry PATCH /auth/relogin with verification_code.";

/** What the app loads right after a login: the reels tray, then the timeline. */
async function finishLogin(client: Client): Promise<void> {
  // The login has succeeded and must not be lost because a feed fails to load.
  for (const load of [fetchReelsTray, fetchFirstTimeline]) {
    try {
      await load(client);
    } catch (error) {
      // Every later request would meet these too.
      if (isRefusal(error, "ChallengeRequired", ...ACCOUNT_CLOSED)) throw error;
      if (!isUpstreamError(error)) throw error;
    }
  }
  client.state.markLoggedIn(client.now() / 1000);
}

async function syncLauncher(client: Client): Promise<void> {
  try {
    await send(client, json, {
      effect: "step",
      method: "POST",
      path: path`launcher/sync/`,
      body: signed({ id: client.state.ids.uuid, server_config_retrieval: "1" }),
      as: "device",
    });
  } catch (error) {
    // The app goes on when this is throttled.
    if (!isRefusal(error, "PleaseWaitFewMinutes", "RateLimitError")) throw error;
  }
}

async function fetchPasswordKey(client: Client): Promise<PasswordKey> {
  const { headers } = await send(client, whole, {
    effect: "step",
    method: "GET",
    path: path`qe/sync/`,
    as: { browser: browserHeaders() },
  });
  const id = Number(headers.get("ig-set-password-encryption-key-id"));
  const publicKey = headers.get("ig-set-password-encryption-pub-key");
  if (!publicKey || !Number.isInteger(id) || id < 0 || id > 255) throw noPasswordKey();
  return { id, publicKey };
}

function encrypted(client: Client, password: string, key: PasswordKey): string {
  try {
    return encryptPassword(password, key, Math.floor(client.now() / 1000));
  } catch {
    throw noPasswordKey();
  }
}

const noPasswordKey = (): UpstreamUnreachable =>
  new UpstreamUnreachable("UpstreamError", "Instagram published no usable password key");

function twoFactorIdentifierOf(error: unknown): string | null {
  if (!isRefusal(error, "TwoFactorRequired")) return null;
  const info = error.context.body.two_factor_info;
  const identifier = isJsonObject(info) ? info.two_factor_identifier : undefined;
  return typeof identifier === "string" && identifier !== "" ? identifier : null;
}

async function sendSecondFactor(
  client: Client,
  username: string,
  code: string,
  identifier: string,
): Promise<UpstreamAnswer> {
  const { state } = client;
  try {
    return await send(client, wholeGood, {
      effect: "write",
      method: "POST",
      path: path`accounts/two_factor_login/`,
      body: signed({
        verification_code: code,
        phone_id: state.ids.phone_id,
        _csrftoken: state.csrfToken,
        two_factor_identifier: identifier,
        username,
        trust_this_device: "0",
        guid: state.ids.uuid,
        device_id: state.ids.android_device_id,
        waterfall_id: randomUUID(),
        verification_method: "3",
      }),
      as: "device",
    });
  } catch (error) {
    // For accounts in the newer verification flow, this endpoint refuses all parameters.
    if (error instanceof UpstreamRefused && /^invalid parameters\.?$/i.test(error.message))
      throw error.as(
        "TwoFactorRequired",
        "Instagram wants this account's second factor in the app: confirm the login there, then retry",
      );
    throw error;
  }
}

/**
 * Stores the login from an answer's `ig-set-authorization`. Throws UpstreamUnreachable if the
 * session has no login then.
 */
function adoptLogin(client: Client, answer: UpstreamAnswer): void {
  const authorization = answer.headers.get("ig-set-authorization");
  if (authorization) client.state.setAuthorization(authorization);
  if (!client.state.userId || !client.state.sessionId)
    throw new UpstreamUnreachable("UpstreamError", "Instagram's login answer holds no session", {
      status: answer.status,
    });
}

async function fetchReelsTray(client: Client): Promise<void> {
  const { state } = client;
  await send(client, whole, {
    effect: "step",
    method: "POST",
    path: path`feed/reels_tray/`,
    body: signed({
      supported_capabilities_new: SUPPORTED_CAPABILITIES,
      reason: "cold_start",
      timezone_offset: String(state.timezoneOffset),
      tray_session_id: state.ids.tray_session_id,
      request_id: state.ids.request_id,
      page_size: 50,
      _uuid: state.ids.uuid,
      reel_tray_impressions: {},
    }),
  });
}

async function fetchFirstTimeline(client: Client): Promise<void> {
  await send(client, whole, { ...timelineRequest(client, "cold_start_fetch"), effect: "step" });
}
