import { EDGE, PROXY_ERROR, VISITED } from "../support/fly-proxy.ts";
import { photoForm } from "../support/uploading.ts";
import type { Machine } from "./machine.ts";
import { between, oneOf } from "./random.ts";

/** A session of the test. */
export interface TestSession {
  readonly number: number;
  readonly key: string;
  readonly id: string;
  readonly pk: string;
}

export interface LoadOptions {
  /** The proxy's address. */
  url: string;
  sessions: readonly TestSession[];
  machines: readonly Machine[];
  random: () => number;
  /** Callers of each session at the same time. */
  callers: number;
  /** Time between the requests of a caller, in milliseconds. */
  everyMs: readonly [least: number, most: number];
  /** A photo whose request is above what Fly replays. */
  largePhoto: Uint8Array<ArrayBuffer>;
  /** A request is given up after so long: longer than anything stops a machine. */
  giveUpMs: number;
  signal: AbortSignal;
}

export interface LoadResult {
  /** Answers by their status; "cut" for those that went with a killed machine. */
  answers: Record<string, number>;
  /** 503s by their exc_type. */
  unavailable: Record<string, number>;
  /** Time of good answers, in milliseconds. */
  times: number[];
  messages: Map<TestSession, Messages>;
  /** What must not happen and did, in words. */
  faults: string[];
}

/** The messages that a session has sent. */
export interface Messages {
  tried: string[];
  acknowledged: string[];
  /** Where they are; null before the first. */
  threadId: string | null;
}

/** An answer: status 0 where there was none. */
interface Told {
  status: number;
  text: string;
}

/** The user to whom all sessions write. */
const WRITTEN_TO = "25025320";
/** A caller waits no longer than so, whatever Retry-After says: it is to see many refusals. */
const LONGEST_WAIT_MS = 2_000;

/** Sends requests of all sessions until the signal; resolves when the last one is answered. */
export async function sendLoad(options: LoadOptions): Promise<LoadResult> {
  const result: LoadResult = {
    answers: {},
    unavailable: {},
    times: [],
    messages: new Map(),
    faults: [],
  };
  const callers = options.sessions.flatMap((session) => {
    result.messages.set(session, { tried: [], acknowledged: [], threadId: null });
    return Array.from({ length: options.callers }, (_, caller) =>
      call(options, session, caller, result),
    );
  });
  await Promise.all(callers);
  return result;
}

/** One caller of one session. */
async function call(
  options: LoadOptions,
  session: TestSession,
  caller: number,
  result: LoadResult,
): Promise<void> {
  const { random, everyMs, signal } = options;
  await Bun.sleep(between(random, 0, everyMs[1]));
  for (let turn = 0; !signal.aborted; turn++) {
    const dice = random();
    if (dice < 0.75) await ask(options, session, readOf(), result);
    else if (dice < 0.93) {
      const text = `s${session.number}c${caller}t${turn}e`;
      const sent = result.messages.get(session);
      sent?.tried.push(text);
      const told = await until200(options, session, messageOf(text), result);
      if (told === null || sent === undefined) continue;
      sent.acknowledged.push(text);
      sent.threadId = JSON.parse(told.text).thread_id;
    } else {
      const large = dice > 0.985 ? options.largePhoto : null;
      await ask(options, session, photoOf(`s${session.number}t${turn}`, large), result);
    }
    await Bun.sleep(between(random, ...everyMs));
  }
}

interface Asked {
  method: string;
  path: string;
  /** Made anew for each try. */
  body?: () => BodyInit;
  headers?: Record<string, string>;
}

const readOf = (): Asked => ({ method: "GET", path: "/user?username=instagram" });

const messageOf = (text: string): Asked => ({
  method: "POST",
  path: "/direct/message",
  body: () => new URLSearchParams({ text, user_ids: WRITTEN_TO }),
  headers: { "Idempotency-Key": text },
});

const photoOf = (caption: string, large: Uint8Array<ArrayBuffer> | null): Asked => ({
  method: "POST",
  path: "/photo/upload",
  body: () => {
    const form = photoForm(caption);
    if (large !== null) form.set("file", new File([large], "large.jpg", { type: "image/jpeg" }));
    return form;
  },
});

/** Repeats a request under its key until it is answered with 200; null where time is up before. */
async function until200(
  options: LoadOptions,
  session: TestSession,
  asked: Asked,
  result: LoadResult,
): Promise<Told | null> {
  for (;;) {
    const told = await ask(options, session, asked, result);
    if (told.status === 200) return told;
    if (options.signal.aborted) return null;
  }
}

/** Sends one request, and judges its answer. */
export async function ask(
  options: Pick<LoadOptions, "url" | "machines" | "random" | "giveUpMs">,
  session: TestSession,
  asked: Asked,
  result: Pick<LoadResult, "answers" | "unavailable" | "times" | "faults">,
): Promise<Told> {
  const { url, machines, random } = options;
  const started = performance.now();
  const what = `${asked.method} ${asked.path} of session ${session.number}`;
  const note = (name: string): void => {
    result.answers[name] = (result.answers[name] ?? 0) + 1;
  };
  const body = asked.body?.();
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url + asked.path, {
      method: asked.method,
      ...(body === undefined ? {} : { body }),
      headers: {
        ...asked.headers,
        ...entryOf(random, machines),
        "X-API-Key": session.key,
        "X-Session-ID": session.id,
      },
      signal: AbortSignal.timeout(options.giveUpMs),
    });
    text = await answer.text();
  } catch (error) {
    note("none");
    result.faults.push(`${what}: no answer: ${error instanceof Error ? error.message : error}`);
    return { status: 0, text: "" };
  }
  const visited = answer.headers.get(VISITED)?.split(" ") ?? [];
  const own = answer.headers.get(PROXY_ERROR);
  const where = `by way of ${visited.join(", ")}`;
  if (own === "cut" && wasKilled(machines, visited.at(-1), started)) {
    note("cut");
    return { status: 0, text: "" };
  }
  const { status } = answer;
  note(String(status));
  if (own !== null) {
    result.faults.push(`${what}: ${text.trim()} ${where}`);
    return { status, text };
  }
  if (status === 200) result.times.push(performance.now() - started);
  else if (status === 503) {
    const { type, isUnknown } = problemIn(answer, text);
    const name = isUnknown ? `${type} of unknown outcome` : (type ?? "?");
    result.unavailable[name] = (result.unavailable[name] ?? 0) + 1;
    const seconds = answer.headers.get("retry-after") ?? "";
    if (type === null) result.faults.push(`${what}: 503 without a problem, ${where}: ${text}`);
    if (!/^\d+$/.test(seconds))
      result.faults.push(`${what}: 503 ${type} without Retry-After, ${where}`);
    await Bun.sleep(Math.min(Number(seconds) * 1000 || 0, LONGEST_WAIT_MS));
  } else if (status === 409 && problemIn(answer, text).type === "IdempotencyInProgress") {
    // The first request with the key went with a machine that was killed.
    if (!machines.some(({ kills }) => kills.length > 0))
      result.faults.push(`${what}: ${text} ${where}`);
    await Bun.sleep(LONGEST_WAIT_MS);
  } else result.faults.push(`${what}: ${status} ${text.slice(0, 600)} ${where}`);
  return { status, text };
}

/** Random entry: most callers are at any edge, some name a region or a machine. */
function entryOf(random: () => number, machines: readonly Machine[]): Record<string, string> {
  const { id, region } = oneOf(random, machines);
  const dice = random();
  if (dice < 0.1) return { "fly-prefer-region": region };
  if (dice < 0.2) return { "fly-prefer-instance-id": id };
  return { [EDGE]: region };
}

function wasKilled(machines: readonly Machine[], id: string | undefined, since: number): boolean {
  const machine = machines.find((one) => one.id === id);
  return machine?.kills.some(({ until }) => until >= since) ?? false;
}

/** The problem that an answer tells of; its type is null for none. */
function problemIn(answer: Response, text: string): { type: string | null; isUnknown: boolean } {
  if (!answer.headers.get("content-type")?.startsWith("application/problem+json"))
    return { type: null, isUnknown: false };
  const { exc_type: type, outcome } = JSON.parse(text);
  return { type, isUnknown: outcome === "unknown" };
}
