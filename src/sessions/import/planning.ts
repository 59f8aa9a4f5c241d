import type { Actor } from "../../announcements.ts";
import type { AppProfiles } from "../../instagram/app-profiles.ts";
import { type ExactJsonObject, stringifyJson } from "../../instagram/json.ts";
import { SessionState } from "../../instagram/session.ts";
import {
  integerOr,
  isSameDevice,
  onDeviceOf,
  settingsObject,
} from "../../instagram/settings-format.ts";
import { LOGGED_IN } from "../pending-login.ts";
import type { Mode, NewSession, StoredSession } from "../session-store.ts";
import { changedColumns } from "../session-store.ts";
import { switched } from "../verbs/manage.ts";
import type { ReadEntry } from "./read-entry.ts";

/** What an import does with an entry, before its session has a proxy. */
export type Plan =
  | { kind: "create"; session: NewSession }
  | { kind: "update"; before: StoredSession; after: StoredSession; isNewLogin: boolean }
  | { kind: "leave"; session: StoredSession };

/** For new sessions whose entries say nothing of it. */
export interface ImportDefaults {
  label: string | null;
  region: string | null;
  proxyId?: string;
  proxyCountry?: string;
}

export interface PlanOptions {
  /** Who imports. */
  by: Actor;
  tenantId: string;
  mode: Mode;
  profiles: AppProfiles;
  defaults: ImportDefaults;
  /** Whether a login that is here already takes the settings of its entry. */
  overwrite: boolean;
}

/**
 * Decides over an entry. `known` is the session of the same login, or else the newest one of the same
 * account; null if there is neither. `now` in unix milliseconds. Throws GatewayProblem (SessionDisabled)
 * for an entry that would switch on what the operator has switched off.
 */
export function planFor(
  read: ReadEntry,
  known: StoredSession | null,
  options: PlanOptions,
  now: number,
): Plan {
  const { by } = options;
  if (known === null)
    return { kind: "create", session: newSession(read, read.login, options, now) };
  const settings = settingsObject(known.settings);
  if (known.legacyId === read.legacyId) {
    // It has been used since: what is stored is newer.
    return options.overwrite
      ? changed(known, read, loginFields(read, read.login), { isNewLogin: false, by, now })
      : changed(known, read, {}, { isNewLogin: false, by, now });
  }
  // Settings that name no phone take that of the account's session.
  const login = new SessionState(onDeviceOf(settings, read.saved), options.profiles);
  if (!isSameDevice(settings, read.saved))
    return { kind: "create", session: newSession(read, login, options, now) };
  if (!options.overwrite && known.state === "active" && isOlder(read.saved, settings))
    return changed(known, read, {}, { isNewLogin: false, by, now });
  return changed(known, read, loginFields(read, login), { isNewLogin: true, by, now });
}

function newSession(
  read: ReadEntry,
  login: SessionState,
  { tenantId, mode, defaults, by }: PlanOptions,
  now: number,
): NewSession {
  return {
    tenantId,
    mode,
    username: read.username,
    ...loginFields(read, login),
    region: read.region === undefined ? defaults.region : read.region,
    label: read.label === undefined ? defaults.label : read.label,
    credentials: credentialsOf(read),
    ...(read.enabled === false ? switched(SWITCHED_ON, false, by, now) : {}),
    ...(read.createdAt === undefined ? {} : { createdAt: read.createdAt }),
  };
}

const SWITCHED_ON = { enabled: true, disabledBy: null, disabledAt: null };

const loginFields = (read: ReadEntry, login: SessionState) => ({
  ...LOGGED_IN,
  ...(read.isLoggedOut ? ({ state: "logged_out" } as const) : {}),
  settings: stringifyJson(login.toSettings()),
  legacyId: read.legacyId,
  userPk: login.userId,
});

/** The known session with what the entry says of it; what it does not say stays. */
function changed(
  before: StoredSession,
  read: ReadEntry,
  login: Partial<StoredSession>,
  { isNewLogin, by, now }: { isNewLogin: boolean; by: Actor; now: number },
): Plan {
  const credentials = credentialsOf(read);
  const after: StoredSession = {
    ...before,
    ...login,
    ...(read.username === null ? {} : { username: read.username }),
    ...(read.label === undefined ? {} : { label: read.label }),
    ...(read.region === undefined ? {} : { region: read.region }),
    ...(read.enabled === undefined ? {} : switched(before, read.enabled, by, now)),
    ...(read.proxy === undefined || read.proxyId !== undefined
      ? {}
      : { proxy: read.proxy, proxyId: null }),
    ...(credentials === null ? {} : { credentials }),
  };
  const isPlaced = read.proxyId === undefined && read.proxyCountry === undefined;
  return isPlaced && changedColumns(before, after).length === 0
    ? { kind: "leave", session: before }
    : { kind: "update", before, after, isNewLogin };
}

const credentialsOf = ({ username, password }: ReadEntry): StoredSession["credentials"] =>
  username !== null && password !== undefined ? { username, password } : null;

/** Whether settings were saved at an earlier login than others; false where either does not say. */
function isOlder(settings: ExactJsonObject, others: ExactJsonObject): boolean {
  const [time, other] = [settings.last_login, others.last_login].map((value) =>
    typeof value === "number" ? value : integerOr(value, 0),
  ) as [number, number];
  return time > 0 && other > 0 && time < other;
}
