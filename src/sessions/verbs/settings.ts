import { reportExposure } from "../../instagram/auth/exposure.ts";
import { isUpstreamError } from "../../instagram/errors.ts";
import type { ExactJsonObject } from "../../instagram/json.ts";
import { SessionState } from "../../instagram/session.ts";
import { isSameDevice, onDeviceOf, settingsObject } from "../../instagram/settings-format.ts";
import { sessionFromSettings } from "../../instagram/settings-import.ts";
import { hasPrevented } from "../../problems/gateway.ts";
import type { Owner } from "../account-sessions.ts";
import type { SessionCaller } from "../live-session.ts";
import { applyOptions, type ClientOptions } from "../login-fields.ts";
import { LOGGED_IN } from "../pending-login.ts";
import { cleanSessionId } from "../session-id.ts";
import { SessionInUse } from "../session-in-use.ts";
import { cleanProxy } from "../session-proxy.ts";
import type { LoginDependencies } from "./dependencies.ts";

type Dependencies = Pick<LoginDependencies, "accounts" | "guard">;

/** A session's settings, in the format that importSettings() and aiograpi read. */
export const exportSettings = ({ live }: SessionInUse): ExactJsonObject => live.state.toSettings();

/**
 * Imports saved settings: into the session with the same upstream session id, or the account's
 * session on the same device, or else as a new session. Resolves with the session's id. The session
 * is stored whatever Instagram answers afterwards.
 * Throws InvalidInput, HostNotAllowed, SessionLimitReached.
 */
export async function importSettings(
  { accounts, guard }: Dependencies,
  owner: Owner,
  input: ClientOptions & { settings: string; newSession?: boolean },
  caller: SessionCaller,
): Promise<string> {
  const { profiles } = accounts;
  const imported = sessionFromSettings(input.settings, profiles);
  const changes = await proxyIn(guard, owner, input);
  const legacyId = cleanSessionId(imported.sessionId ?? "");
  const existing = await accounts.findByUpstreamSession(owner, legacyId, input.newSession ?? false);
  const known = existing && settingsObject(existing.settings);
  const settings = settingsObject(input.settings);
  // Settings that name no phone take the phone of the known session.
  const login = known ? new SessionState(onDeviceOf(known, settings), profiles) : imported;
  const isSame =
    existing !== null && (existing.legacyId === legacyId || isSameDevice(known ?? {}, settings));
  applyOptions(login, input);
  const toStore = { ...LOGGED_IN, ...changes, login, username: null, legacyId };
  const live = isSame ? await accounts.open(owner, existing) : null;
  const by = caller.actor;
  const id = live
    ? await accounts.storeIn(live, toStore, by)
    : await accounts.store(owner, toStore, { by });
  const session = await accounts.open(owner, { id });
  if (session) await showDevice(new SessionInUse(session, caller));
  return id;
}

/**
 * Changes settings, proxy, locale or time zone of a session; an empty proxy clears it.
 * Throws InvalidInput, HostNotAllowed.
 */
export async function changeSettings(
  { accounts, guard }: Dependencies,
  session: SessionInUse,
  input: ClientOptions & { settings?: string },
): Promise<void> {
  const { settings } = input;
  const changes = await proxyIn(guard, session.stored, input);
  const replacement =
    settings === undefined ? null : sessionFromSettings(settings, accounts.profiles);
  await session.transform(async (client) => {
    applyOptions(replacement ?? client.state, input);
    if (!replacement) return { result: undefined, changes };
    const { userId: userPk } = replacement;
    return { result: undefined, replacement, changes: { ...changes, ...LOGGED_IN, userPk } };
  });
  if (replacement) await showDevice(session);
}

/** The proxy to be stored; no field when none was given. */
async function proxyIn(
  guard: Dependencies["guard"],
  { mode }: Pick<Owner, "mode">,
  { proxy }: ClientOptions,
): Promise<{ proxy?: string | null }> {
  return proxy === undefined ? {} : { proxy: await cleanProxy(guard, mode, proxy) };
}

/**
 * Lets a restored device show itself to Instagram; a refusal is noted in the session's state. Where
 * nothing may be sent at the moment, the session is stored all the same.
 */
async function showDevice(session: SessionInUse): Promise<void> {
  try {
    await session.write(reportExposure);
  } catch (error) {
    if (!isUpstreamError(error) && !hasPrevented(error)) throw error;
  }
}
