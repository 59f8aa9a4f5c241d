import { createEmulator } from "../../src/emulator/index.ts";
import { issueSessionId, readAuthorization, readSessionId } from "../../src/emulator/token.ts";
import { type Marks, markedHeaders, marksOf, tokenRandom } from "./marks.ts";

/*
 * The upstream of the three-region test: the emulator, which watches the sessions of all machines at
 * once. Each machine reaches it at an address of its own, so a request says which machine it is from.
 */

export interface MonitorOptions {
  /** From 0 to 1: the time that answers take. */
  random?: () => number;
  /** How long an answer takes at the least and at the most, in milliseconds. */
  latencyMs?: readonly [least: number, most: number];
}

/** What a session has been seen doing. */
interface Watched {
  readonly flights: Set<Flight>;
  /** The newest of each value that it has sent, and from which machine. */
  readonly sent: Map<keyof Marks, { value: number; machine: string; flight: Flight }>;
  /** The machine of its last request. */
  lastMachine: string;
}

/** A request under way. */
interface Flight {
  readonly machine: string;
  readonly what: string;
  /** Whether its body is here: only then something comes of it. */
  isWhole: boolean;
  /** Whether no other request of the session has been under way beside it. */
  isAlone: boolean;
  /** A machine whose request has begun before this one's body was here; null for none. */
  overtakenBy: string | null;
}

export interface MonitorCounts {
  /** Requests of watched sessions. */
  requests: number;
  /** How often a session was at another machine than with the request before. */
  moves: number;
  /** Requests whose connection was closed before they were answered. */
  brokenOff: number;
  /** Requests that were overtaken by another machine's, and never completed. */
  overtaken: number;
  /** Values that were not sent at all, after one had been. */
  dropped: number;
}

export interface Monitor {
  counts: MonitorCounts;
  /** What must not happen and did, in words. */
  faults: string[];
  /** UPSTREAM_URL of a machine. */
  originFor(machine: string): string;
  /** A login of the account with this number, 0 and up, as saved settings. */
  account(number: number): { pk: string; settings: Record<string, unknown> };
  [Symbol.asyncDispose](): Promise<void>;
}

/** The users of the emulator's crowd: this one's id, and the distance to the next. */
const FIRST_PK = 1_000_000_013;
const PK_STEP = 97_003;

export function startMonitor({
  random = Math.random,
  latencyMs: [least, most] = [20, 200],
}: MonitorOptions = {}): Monitor {
  const emulator = createEmulator();
  const servers = new Map<string, Bun.Server<undefined>>();
  const watched = new Map<string, Watched>();
  const counts: MonitorCounts = { requests: 0, moves: 0, brokenOff: 0, overtaken: 0, dropped: 0 };
  const faults: string[] = [];

  function begin(pk: string, session: Watched, machine: string, request: Request): Flight {
    counts.requests++;
    const what = `${request.method} ${new URL(request.url).pathname}`;
    const others = [...session.flights];
    const isAlone = others.length === 0;
    const flight: Flight = { machine, what, isWhole: false, isAlone, overtakenBy: null };
    for (const other of others) {
      other.isAlone = false;
      if (other.machine === machine) continue;
      if (other.isWhole)
        faults.push(
          `${pk} is used by two: ${machine} sends ${what} while ${other.what} of ${other.machine} is under way`,
        );
      other.overtakenBy = machine;
    }
    if (session.lastMachine !== machine && session.lastMachine !== "") counts.moves++;
    session.lastMachine = machine;
    session.flights.add(flight);
    checkMarks(pk, session, flight, marksOf(request.headers));
    return flight;
  }

  /** No value may be older than one that was sent before. */
  function checkMarks(pk: string, session: Watched, flight: Flight, marks: Marks): void {
    for (const [name, value] of Object.entries(marks) as [keyof Marks, number | null][]) {
      const before = session.sent.get(name);
      if (value === null) {
        if (before !== undefined) counts.dropped++;
        if (name === "login" && before !== undefined)
          faults.push(`${pk} sends no login from ${flight.machine}`);
        continue;
      }
      if (before !== undefined && value < before.value && !isCrossed(session, flight, before))
        faults.push(
          `${pk} goes back: ${flight.machine} sends ${name} ${value} with ${flight.what}, ${before.machine} had sent ${before.value}`,
        );
      if (before === undefined || value > before.value)
        session.sent.set(name, { value, machine: flight.machine, flight });
    }
  }

  async function serve(machine: string, request: Request): Promise<Response> {
    const pk = pkOf(request.headers);
    if (pk === null) return emulator.handle(request);
    const session = watched.get(pk);
    if (session === undefined) return emulator.handle(request);
    const flight = begin(pk, session, machine, request);
    try {
      const body = request.body === null ? null : await request.bytes();
      flight.isWhole = true;
      if (flight.overtakenBy !== null)
        faults.push(
          `${pk} is used by two: ${machine} goes on with ${flight.what} after ${flight.overtakenBy} has begun`,
        );
      const { method, url, headers } = request;
      const whole = new Request(url, { method, headers, ...(body === null ? {} : { body }) });
      await Bun.sleep(least + random() * (most - least));
      const answer = await emulator.handle(whole);
      const text = await answer.bytes();
      // At most one new value is unknown to its session at any time, so answers cannot cross.
      const next = flight.isAlone ? nextMarks(session) : null;
      if (request.signal.aborted) counts.brokenOff++;
      return new Response(text, {
        status: answer.status,
        headers: markedHeaders(answer.headers, Number(pk), next),
      });
    } catch (error) {
      if (!request.signal.aborted) throw error;
      counts.brokenOff++;
      if (flight.overtakenBy !== null) counts.overtaken++;
      return new Response(null, { status: 499 });
    } finally {
      session.flights.delete(flight);
    }
  }

  return {
    counts,
    faults,
    originFor(machine) {
      let server = servers.get(machine);
      if (server === undefined) {
        server = Bun.serve({
          hostname: "127.0.0.1",
          port: 0,
          idleTimeout: 255,
          maxRequestBodySize: 64 * 2 ** 20,
          fetch: (request) => serve(machine, request),
        });
        servers.set(machine, server);
      }
      return `http://127.0.0.1:${server.port}`;
    },
    account(number) {
      const pk = FIRST_PK + PK_STEP * number;
      watched.set(String(pk), { flights: new Set(), sent: new Map(), lastMachine: "" });
      const sessionid = issueSessionId(pk, tokenRandom(0));
      return {
        pk: String(pk),
        settings: {
          authorization_data: { ds_user_id: String(pk), sessionid },
          cookies: { ds_user_id: String(pk), sessionid },
        },
      };
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers.values()) await server.stop(true);
    },
  };
}

/** Requests of one machine that are under way together may overtake each other on their way here. */
const isCrossed = (
  { flights }: Watched,
  { machine }: Flight,
  before: { machine: string; flight: Flight },
): boolean => before.machine === machine && flights.has(before.flight);

const nextMarks = (session: Watched): Marks => ({
  rur: (session.sent.get("rur")?.value ?? 0) + 1,
  claim: (session.sent.get("claim")?.value ?? 0) + 1,
  login: loginAfter(session),
});

/** Logins are renewed once in so many values. */
const VALUES_OF_A_LOGIN = 8;

const loginAfter = (session: Watched): number => {
  const login = session.sent.get("login")?.value ?? 0;
  const values = session.sent.get("rur")?.value ?? 0;
  return values >= (login + 1) * VALUES_OF_A_LOGIN ? login + 1 : login;
};

/** The account that a request is for; null for none. */
function pkOf(headers: Headers): string | null {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const session = readAuthorization(authorization);
    if (session !== undefined) return String(session.pk);
  }
  const cookie = /(?:^|;\s*)sessionid="?([^;"]+)/.exec(headers.get("cookie") ?? "")?.[1];
  const session = cookie === undefined ? undefined : readSessionId(cookie);
  return session === undefined ? null : String(session.pk);
}
