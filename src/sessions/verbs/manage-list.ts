import { canonicalUlid } from "../../db/ids.ts";
import { SESSION_STATES } from "../../db/schema.ts";
import { normalizeLoginName } from "../../instagram/ids.ts";
import { InvalidInput } from "../../problems/problem.ts";
import type { SessionFilter } from "../session-store.ts";
import { cleanLabel } from "./manage.ts";

/** Stands for a session without any proxy. */
export const NO_PROXY = "none";

/** Which sessions are asked for, as a caller says it; an empty text is left out. */
export interface AskedSessions {
  state?: string | undefined;
  username?: string | undefined;
  label?: string | undefined;
  /** Id of a proxy, or NO_PROXY. */
  proxy?: string | undefined;
}

/** The filter that is asked for. `proxyField` is what the caller calls `proxy`. Throws InvalidInput. */
export function cleanFilter(asked: AskedSessions, proxyField = "proxy"): SessionFilter {
  const [state, username, label, proxy] = [
    asked.state,
    asked.username,
    asked.label,
    asked.proxy,
  ].map((text) => text?.trim() || undefined);
  return {
    ...(state === undefined ? {} : { state: stateNamed(state) }),
    ...(username === undefined ? {} : { username: normalizeLoginName(username) }),
    ...(label === undefined ? {} : { label: cleanLabel(label) }),
    ...(proxy === undefined ? {} : { proxyId: proxyNamed(proxy, proxyField) }),
  };
}

function stateNamed(text: string): SessionFilter["state"] {
  const state = SESSION_STATES.find((name) => name === text);
  if (state === undefined)
    throw new InvalidInput("state", `must be one of ${SESSION_STATES.join(", ")}`);
  return state;
}

function proxyNamed(text: string, field: string): string | null {
  if (text === NO_PROXY) return null;
  const id = canonicalUlid(text);
  if (id === null) throw new InvalidInput(field, `must be the id of a proxy, or ${NO_PROXY}`);
  return id;
}
