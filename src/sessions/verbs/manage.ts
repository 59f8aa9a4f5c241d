import { isDeepStrictEqual } from "node:util";
import type { Actor } from "../../announcements.ts";
import { canonicalUlid } from "../../db/ids.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import { InvalidInput } from "../../problems/problem.ts";
import { SessionGone } from "../session-errors.ts";
import type { SessionInUse } from "../session-in-use.ts";
import type { SessionStore } from "../session-store.ts";
import { BY_OPERATOR } from "../shown-state.ts";
import type { ManagedColumns, Managing } from "../store/managing.ts";
import { type MoveTarget, moveSession, type SessionProxyDependencies } from "./session-proxy.ts";

/** What the owner of a session, or the operator, sets in it; what is left out stays as it is. */
export interface SessionSettings {
  /** Null for none. */
  label?: string | null;
  /** Null for any. */
  region?: string | null;
  enabled?: boolean;
  /** Its own limits; null for the tenant's. */
  dailyBudgets?: ManagedColumns["dailyBudgets"];
  paceMs?: number | null;
  /** True ends its cool-downs, with their history. */
  unblock?: boolean;
}

/** What is asked for of a session. */
export interface SessionChanges {
  settings: SessionSettings;
  /** Null: it stays on its proxy. */
  moveTo: MoveTarget | null;
}

export interface ChangeDependencies {
  store: Pick<SessionStore, "manage">;
  ways: SessionProxyDependencies;
  /** Unix milliseconds. */
  now: () => number;
}

/**
 * Changes a session's (clean) settings, and moves it to another proxy; resolves when that holds for
 * every process. Throws GatewayProblem: SessionDisabled, SessionNotFound, ProxyNotFound,
 * NoProxyAvailable.
 */
export async function changeSession(
  { store, ways, now }: ChangeDependencies,
  { stored, live, caller: { actor: by } }: SessionInUse,
  { settings, moveTo }: SessionChanges,
): Promise<void> {
  const { tenantId, mode, id } = stored;
  const move = async (): Promise<unknown> => moveTo && moveSession(ways, live, moveTo, { by });
  // Moved before it is switched on, and after it is switched off: nothing goes the old way meanwhile.
  const isSwitchedOff = settings.enabled === false;
  if (!isSwitchedOff) await move();
  if (!(await store.manage(tenantId, mode, id, setting(settings, by, now()), by)))
    throw new SessionGone();
  await live.copy.reload();
  if (isSwitchedOff) await move();
}

const ANOTHER = "another";

/** Where a caller wants a session to be: the id of a proxy, or `another`. Throws InvalidInput. */
export function cleanTarget(text: string, field: string): MoveTarget {
  const wanted = text.trim();
  if (wanted === ANOTHER) return ANOTHER;
  const proxyId = canonicalUlid(wanted);
  if (proxyId === null) throw new InvalidInput(field, `must be the id of a proxy, or ${ANOTHER}`);
  return { proxyId };
}

const MAX_LABEL_LENGTH = 100;
const REGION = /^[a-z]{3}$/;

/** The name that a tenant gives to sessions, without blanks around it. Throws InvalidInput. */
export function cleanLabel(label: string): string {
  const text = label.trim();
  if (text === "") throw new InvalidInput("label", "must not be empty");
  if ([...text].length > MAX_LABEL_LENGTH)
    throw new InvalidInput("label", `must have ${MAX_LABEL_LENGTH} characters at the most`);
  if (/\p{Cc}/u.test(text)) throw new InvalidInput("label", "must be one line of text");
  return text;
}

/** Fly.io's code of a region, in lower case. Throws InvalidInput. */
export function cleanRegion(region: string): string {
  const code = region.trim().toLowerCase();
  if (!REGION.test(code))
    throw new InvalidInput("region", "must be a code of Fly.io of three letters, such as fra");
  return code;
}

/** The settings as they are stored; "" for the label or region means none. Throws InvalidInput. */
export const cleanSettings = ({ label, region, ...rest }: SessionSettings): SessionSettings => ({
  ...rest,
  ...(label === undefined ? {} : { label: label?.trim() ? cleanLabel(label) : null }),
  ...(region === undefined ? {} : { region: region?.trim() ? cleanRegion(region) : null }),
});

/**
 * The change that sets (clean) settings. What the operator has switched off only the operator
 * switches on: it throws GatewayProblem (SessionDisabled) for others.
 */
export const setting =
  ({ enabled, unblock = false, ...settings }: SessionSettings, by: Actor, time: number): Managing =>
  (session) => {
    const changes: Partial<ManagedColumns> = {
      ...settings,
      ...(enabled === undefined ? {} : switched(session, enabled, by, time)),
      ...(unblock ? { blocks: null, blockedUntil: null } : {}),
    };
    const names = Object.keys(changes) as (keyof ManagedColumns)[];
    const isChange = names.some((name) => !isDeepStrictEqual(changes[name], session[name]));
    return isChange ? changes : {};
  };

/**
 * Who has switched a session off, and when, is part of the change. Throws as setting().
 */
export function switched(
  {
    enabled: wasEnabled,
    disabledBy,
    disabledAt,
  }: Pick<ManagedColumns, "enabled" | "disabledBy" | "disabledAt">,
  enabled: boolean,
  by: Actor,
  time: number,
): Partial<ManagedColumns> {
  const isOperator = by.kind !== "key";
  // Only the operator takes over what a key has switched off.
  if (!wasEnabled && !enabled && !(isOperator && disabledBy !== BY_OPERATOR)) return {};
  if (!wasEnabled && disabledBy === BY_OPERATOR && !isOperator) {
    throw new GatewayProblem("SessionDisabled", "The operator has switched this session off", {
      hint: "Only the operator of this gateway can switch it on again.",
    });
  }
  if (enabled) return { enabled, disabledBy: null, disabledAt: null };
  return {
    enabled,
    disabledBy: isOperator ? BY_OPERATOR : by.keyId,
    disabledAt: wasEnabled ? time : disabledAt,
  };
}
