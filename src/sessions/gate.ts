import type { Actor } from "../announcements.ts";
import type { ProxyPolicy } from "../db/schema.ts";
import type { ActionKind } from "../instagram/action-kinds.ts";
import type { Caller, Watch, WatchedRequest } from "../instagram/client.ts";
import { isFileHost } from "../instagram/remote-files.ts";
import type { Change } from "./session-copy.ts";
import type { Mode, SessionRecord } from "./session-store.ts";

/** Limits that a tenant sets for the actions of each of its sessions. */
export interface ActionLimits {
  /** Actions a day by their kind; a kind without a number has no limit. */
  readonly dailyBudgets: Readonly<Partial<Record<ActionKind, number>>>;
  /** Least time between the starts of two actions; 0 for none. */
  readonly paceMs: number;
}

/** What a session has left of a kind of action. */
export interface Budget {
  readonly action: ActionKind;
  /** Actions a day. */
  readonly limit: number;
  readonly remaining: number;
  /** When its account's day ends, in unix milliseconds. */
  readonly resetAt: number;
  /** In how many seconds that is. */
  readonly resetSeconds: number;
}

/** Whom the gate sees: a caller with the limits of its tenant, who is told what is left of them. */
export interface GateCaller extends Caller {
  /** Null or left out for a job of the service itself. */
  readonly limits?: ActionLimits | null;
  /** Whether its tenant lets anything out without a proxy; null or left out for such a job. */
  readonly proxyPolicy?: ProxyPolicy | null;
  /** Called when an action was counted, and when it was refused since its budget is spent. */
  onBudget?(budget: Budget): void;
}

/** A request that is about to go to Instagram, or has been there. */
export interface GatePass {
  readonly tenantId: string;
  readonly mode: Mode;
  /** The session as it is now; null for a login that is not stored yet, and for anonymous requests. */
  readonly session: SessionRecord | null;
  readonly caller: GateCaller;
  /** The proxy that it goes through; null for none, or one without an id. */
  readonly proxyId: string | null;
  /** Whether it goes through any proxy. */
  readonly hasProxy: boolean;
  /** Seconds from UTC, of the account. */
  readonly timezoneOffset: number;
  /** As SessionCopy.change(). Does nothing where there is no session. */
  change(change: Change, by: Actor): Promise<void>;
  /** As SessionCopy.refresh(); true where there is no session. */
  fresh(): true | Promise<boolean>;
  /** Whether this machine may use the session at this instant; true where there is no session. */
  held(): boolean;
  /**
   * Saves a login that answers have renewed, where other machines would go on with the old one: at once
   * (true) where there is nothing to save. Throws StorageUnavailable.
   */
  settled(): true | Promise<void>;
  /** Notes what Instagram has answered to the session, before the caller is told. */
  noteAnswer(error: unknown, request: WatchedRequest): void;
}

/**
 * Whether a request is one to Instagram's API. Callers choose the URLs of others, and so whether these
 * fail: they show nothing of Instagram or of the proxy that they go through.
 */
export const isToApi = ({ elsewhere, host = "" }: WatchedRequest): boolean =>
  elsewhere === undefined && !isFileHost(host);

/**
 * Decides about each single request to Instagram, immediately before it is sent, and is told what
 * became of it. What must hold for every request stands here: nothing gets past it.
 */
export interface Gate {
  /** Throws GatewayProblem to prevent the request. Without a promise, whenever that is possible. */
  before?(pass: GatePass, request: WatchedRequest): void | Promise<void>;
  /**
   * Asked once more when a connection is ready, immediately before the first byte. It must answer at
   * once, or look into the database at the most. Throws GatewayProblem to prevent the request.
   */
  ready?(pass: GatePass, request: WatchedRequest): void | Promise<void>;
  /** A later gate has prevented a request that this one has let through. Must not throw. */
  prevented?(pass: GatePass, request: WatchedRequest): void | Promise<void>;
  /**
   * `error` is what the caller is told; null for a good answer. It is told when this has resolved. Must
   * not throw.
   */
  after?(
    pass: GatePass,
    error: unknown,
    milliseconds: number,
    request: WatchedRequest,
  ): void | Promise<void>;
}

/** The gates in their order. */
export function composeGates(gates: readonly Gate[]): Gate {
  const guards = gates.filter((gate) => gate.before);
  const lastGuards = gates.filter((gate) => gate.ready);
  const watchers = gates.filter((gate) => gate.after);
  async function restReady(
    from: number,
    asking: Promise<void>,
    pass: GatePass,
    request: WatchedRequest,
  ): Promise<void> {
    try {
      await asking;
      for (const gate of lastGuards.slice(from + 1)) await gate.ready?.(pass, request);
    } catch (error) {
      await preventedBy(guards, guards.length, error, pass, request);
    }
  }
  return {
    ready(pass, request) {
      try {
        for (let at = 0; at < lastGuards.length; at++) {
          const asking = lastGuards[at]?.ready?.(pass, request);
          if (asking) return restReady(at, asking, pass, request);
        }
      } catch (error) {
        return preventedBy(guards, guards.length, error, pass, request);
      }
    },
    before(pass, request) {
      for (let at = 0; at < guards.length; at++) {
        let asking: void | Promise<void>;
        try {
          asking = guards[at]?.before?.(pass, request);
        } catch (error) {
          return preventedBy(guards, at, error, pass, request);
        }
        if (asking) return rest(guards, at, asking, pass, request);
      }
    },
    after(pass, error, milliseconds, request) {
      const telling: Promise<void>[] = [];
      for (const watcher of watchers) {
        const told = watcher.after?.(pass, error, milliseconds, request);
        if (told) telling.push(told);
      }
      if (telling.length > 0) return Promise.all(telling).then(() => {});
    },
  };
}

/** Waits for the gate at `from`, and asks those after it. */
async function rest(
  gates: readonly Gate[],
  from: number,
  asking: Promise<void>,
  pass: GatePass,
  request: WatchedRequest,
): Promise<void> {
  let at = from;
  try {
    await asking;
    for (at++; at < gates.length; at++) {
      const next = gates[at]?.before?.(pass, request);
      if (next) await next;
    }
  } catch (error) {
    await preventedBy(gates, at, error, pass, request);
  }
}

/** Tells the gates before that at `by`. Throws `error`, at once where none of them needs time. */
function preventedBy(
  gates: readonly Gate[],
  by: number,
  error: unknown,
  pass: GatePass,
  request: WatchedRequest,
): Promise<void> {
  const telling = gates.slice(0, by).flatMap((gate) => gate.prevented?.(pass, request) ?? []);
  if (telling.length === 0) throw error;
  return Promise.all(telling).then(() => {
    throw error;
  });
}

/** What watches one client for the gate. */
export const watchFor = (gate: Gate, pass: GatePass): Watch => ({
  before: (request) => gate.before?.(pass, request),
  ready: (request) => gate.ready?.(pass, request),
  after: (error, milliseconds, request) => {
    pass.noteAnswer(error, request);
    return gate.after?.(pass, error, milliseconds, request);
  },
});
