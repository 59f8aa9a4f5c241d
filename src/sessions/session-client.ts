import type { Caller, Cancellation, Client } from "../instagram/client.ts";
import type { SessionState } from "../instagram/session.ts";
import type { AnswerLog } from "./answer-log.ts";
import { type GatePass, watchFor } from "./gate.ts";
import type { LiveSessionDependencies } from "./live-session.ts";
import type { SessionRecord, StoredSession } from "./session-store.ts";

/** The way of a client's requests: an URL, and the id of a proxy that has one; null for none. */
export type ClientProxy = Pick<Client, "proxy" | "proxyId">;

export const NO_PROXY: ClientProxy = { proxy: null, proxyId: null };

/** A client of a tenant's mode, with this state and through this proxy. */
export function clientFor(
  deps: Pick<
    LiveSessionDependencies,
    "fetchFor" | "gate" | "timeoutMs" | "now" | "sleep" | "drift"
  >,
  {
    mode,
    tenantId,
    session = () => null,
    change = async () => {},
    fresh = always,
    held = always,
    settled = always,
    fence = null,
  }: ClientOwner,
  state: SessionState,
  { proxy, proxyId }: ClientProxy,
  caller: Caller,
  cancellation: Cancellation | null = null,
  answers: AnswerLog | null = null,
): Client {
  const { fetchFor, gate, timeoutMs, now, sleep, drift } = deps;
  const pass: GatePass = {
    tenantId,
    mode,
    caller,
    proxyId,
    hasProxy: proxy !== null,
    get session() {
      return session();
    },
    timezoneOffset: state.timezoneOffset,
    change,
    fresh,
    held,
    settled,
    noteAnswer: (error, request) => answers?.note(error, request, client.state.userId !== null),
  };
  const fetch = fetchFor(mode, tenantId);
  const { operation } = caller;
  const client: Client = {
    caller,
    operation,
    state,
    fetch,
    proxy,
    proxyId,
    watch: watchFor(gate, pass),
    fence,
    timeoutMs,
    now,
    sleep,
    cancellation,
    turn: atOnce,
    drift,
  };
  return client;
}

/** Whom a client is for. */
export interface ClientOwner extends Pick<StoredSession, "mode" | "tenantId"> {
  /** The session as it is now; left out where there is none. */
  session?: () => SessionRecord | null;
  /** Changes it. */
  change?: GatePass["change"];
  /** Takes in what other processes have changed of it. */
  fresh?: GatePass["fresh"];
  /** Whether this machine may use it. */
  held?: GatePass["held"];
  /** Saves a login that answers have renewed, before it is used. */
  settled?: GatePass["settled"];
  /** Breaks requests off when it may not any more. */
  fence?: Client["fence"];
}

const always = (): true => true;

const atOnce = <T>(work: () => Promise<T>): Promise<T> => work();
