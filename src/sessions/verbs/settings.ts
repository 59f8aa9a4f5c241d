import { reportExposure } from "../../instagram/auth/exposure.ts";
import { isUpstreamError } from "../../instagram/errors.ts";
import type { ExactJsonObject } from "../../instagram/json.ts";
import { SessionState } from "../../instagram/session.ts";
import { isSameDevice, onDeviceOf, settingsObject } from "../../instagram/settings-format.ts";
import { sessionFromSettings } from "../../instagram/settings-import.ts";
import { hasPrevented } from "../../problems/gateway.ts";
import type { Owner } from "../account-sessions.ts";
import { HERE } from "../leases/session-leases.ts";
import type { SessionCaller } from "../live-session.ts";
import { applyOptions, type ClientOptions } from "../login-fields.ts";
import { LOGGED_IN } from "../pending-login.ts";
import { proxyRequired } from "../required-proxy.ts";
import { NO_PROXY } from "../session-client.ts";
import { cleanSessionId } from "../session-id.ts";
import { SessionInUse } from "../session-in-use.ts";
import { readProxyChoice } from "../session-proxy.ts";
import type { LoginDependencies } from "./dependencies.ts";
import { changesBy, columnsOf, withWays } from "./session-proxy.ts";

type Dependencies = Pick<LoginDependencies, "accounts" | "checkHost" | "ways">;

/** A session's settings, in the format that importSettings() and aiograpi read. */
export const exportSettings = ({ live }: SessionInUse): ExactJsonObject => live.state.toSettings();

/**
 * Imports saved settings: into the session with the same upstream session id, or the account's
 * session on the same device, or else as a new session. Resolves with the session's id. The session
 * is stored whatever Instagram answers afterwards.
 * Throws InvalidInput, HostNotAllowed, SessionLimitReached, and what finding a proxy throws.
 */
export async function importSettings(
  { accounts, checkHost, ways }: Dependencies,
  owner: Owner,
  input: ClientOptions & { settings: string; newSession?: boolean },
  caller: SessionCaller,
): Promise<string> {
  const { profiles } = accounts;
  const imported = sessionFromSettings(input.settings, profiles);
  const named = await readProxyChoice(checkHost, owner.mode, input);
  const legacyId = cleanSessionId(imported.sessionId ?? "");
  const existing = await accounts.findByUpstreamSession(owner, legacyId, input.newSession ?? false);
  const known = existing && settingsObject(existing.settings);
  const settings = settingsObject(input.settings);
  // Settings that name no phone take the phone of the known session.
  const login = known ? new SessionState(onDeviceOf(known, settings), profiles) : imported;
  const isSame =
    existing !== null && (existing.legacyId === legacyId || isSameDevice(known ?? {}, settings));
  applyOptions(login, input);
  const live = isSame ? await accounts.open(owner, existing, caller) : null;
  const by = caller.actor;
  const id = await withWays(ways, async (findWay) => {
    const way = await findWay({ owner, named, current: live?.stored ?? null, state: login });
    const place = { ...(live ? changesBy(way) : columnsOf(way)), hold: way.hold };
    const toStore = { ...LOGGED_IN, ...place, login, username: null, legacyId };
    return live ? accounts.storeIn(live, toStore, by) : accounts.store(owner, toStore, { by });
  });
  const session = await accounts.open(owner, { id }, HERE);
  if (session) await showDevice(new SessionInUse(session, caller));
  return id;
}

/**
 * Changes settings, proxy, locale or time zone of a session; `clearsProxy` takes its proxy away.
 * Throws InvalidInput, HostNotAllowed, and what finding a proxy throws.
 */
export async function changeSettings(
  { accounts, checkHost, ways }: Dependencies,
  owner: Owner,
  session: SessionInUse,
  input: ClientOptions & { settings?: string; clearsProxy?: boolean },
): Promise<void> {
  const { settings, clearsProxy = false } = input;
  const named = await readProxyChoice(checkHost, owner.mode, input);
  const replacement =
    settings === undefined ? null : sessionFromSettings(settings, accounts.profiles);
  if (clearsProxy && owner.proxyPolicy === "required") throw proxyRequired();
  await withWays(ways, (findWay) =>
    session.transformThrough(async (draft) => {
      const state = replacement ?? draft;
      applyOptions(state, input);
      const current = session.stored;
      // Who only sets the time zone of a session that has no proxy does not ask for one.
      const asks = named.kind !== "none" || (replacement !== null && !clearsProxy);
      const way = asks ? await findWay({ owner, named, current, state }) : null;
      const proxy = way ? changesBy(way) : clearsProxy ? columnsOf(NO_PROXY) : {};
      const hold = way?.hold ?? null;
      if (!replacement) return { result: undefined, changes: proxy, hold };
      const { userId: userPk } = replacement;
      const changes = { ...proxy, ...LOGGED_IN, userPk };
      return { result: undefined, replacement, changes, hold };
    }),
  );
  if (replacement) await showDevice(session);
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
