import { join } from "node:path";
import { temporaryDirectory } from "./directory.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { type Counter, startCounter } from "./kill-counter.ts";
import { SECRETS, startProcess } from "./process.ts";
import type { Answer } from "./service.ts";
import { photoForm } from "./uploading.ts";

/*
 * A stream of writes with Idempotency-Keys while the service is killed with -9 again and again. The
 * emulator is a process of its own and lives on; between the two stands a counter in this process,
 * which counts what goes up to the emulator and holds requests and answers back for a moment, so that
 * kills meet every stage. Each write is repeated under its key until it has ended. Afterwards it is
 * read back what the emulator holds of each.
 */

export interface KillRun {
  kills: number;
  /** How many processes serve one database file; the kills meet them in turns. */
  processes: 1 | 2;
  /** Told after each kill. */
  onKill?: (kills: number, writes: number) => void;
}

export type Kind = "message" | "comment" | "highlight" | "like" | "photo";

/** How often each kind comes, of 100: below what the emulator lets an account do in a minute. */
const SHARES: Readonly<Record<Kind, number>> = {
  message: 55,
  highlight: 15,
  comment: 10,
  like: 10,
  photo: 10,
};

function anyKind(): Kind {
  let left = Math.random() * 100;
  for (const [kind, share] of Object.entries(SHARES) as [Kind, number][]) {
    left -= share;
    if (left < 0) return kind;
  }
  return "message";
}

/** How a write ended, as the caller was told. */
export type Told = "done" | "OutcomeUnknown";

/** A write, what its caller was told, and what became of it. */
export interface Write {
  readonly kind: Kind;
  readonly key: string;
  readonly about: string;
  readonly fields: Record<string, string>;
  readonly session: Session;
  /** Answers, and what came in their place. */
  readonly seen: string[];
  told: Told | null;
  /** The text of the answer that it ended with. */
  answer: string;
  /** How often a request with it was sent on to the emulator. */
  sent: number;
  /** How often the emulator holds it. */
  held: number;
  /** Whether an answer to it was lost, to the caller by a kill or to the service on its way. */
  interrupted: boolean;
  /** Whether the answer could be had again. */
  replayed: boolean | null;
}

export interface KillResult {
  kills: number;
  /** Kills in the course of a shutdown. */
  duringShutdown: number;
  writes: readonly Write[];
}

interface Session {
  readonly key: string;
  readonly id: string;
  /** Makes the account's next write. */
  readonly next: () => Write;
}

const PATHS: Readonly<Record<Kind, string>> = {
  message: "/direct/message",
  comment: "/media/comment",
  highlight: "/highlight",
  like: "/media/like",
  photo: "/photo/upload",
};
/**
 * Kinds whose token Instagram knows again, or that are looked for first: they may be sent again, and
 * are always done in the end.
 */
export const GUARDED: ReadonlySet<Kind> = new Set(["message", "comment", "photo"]);

const TENANTS = 2;
const AT_A_TIME = 2;
const COMMENTED = "3755350675776297567_25025320";
const STORY = "3586281421903977040_61000000001";
/** A write that has not ended after so many answers never will. */
const MOST_TRIES = 200;
/** The newest posts, among them those that the emulator always refuses to like. */
const NOT_LIKED = 40;
/** A process is killed after so many answers at the most, and a random moment later. */
const ANSWERS_OF_A_LIFE = 16;
const MOMENT_MS = 30;

export async function runKills({
  kills,
  processes,
  onKill = () => {},
}: KillRun): Promise<KillResult> {
  const directory = temporaryDirectory();
  const emulator = startProcess([join("src", "emulator-server.ts")], { EMULATOR_PORT: "0" });
  const gateways: Gateway[] = [];
  let counter: Counter | null = null;
  try {
    const [, emulatorUrl = ""] = await emulator.printed(/Instagram emulator: (http:\/\/\S+?)\/?\s/);
    counter = await startCounter(emulatorUrl);
    const env = {
      ...SECRETS,
      DATABASE_URL: `file:${join(directory.path, "gramway.db")}`,
      UPSTREAM_URL: counter.origin,
      KEY_REQUESTS_PER_SECOND: "1000000",
      LOG_LEVEL: "fatal",
    };
    const start = () => startGateway(env);
    gateways.push(await start());
    for (let n = 1; n < processes; n++) gateways.push(await start());

    const writes: Write[] = [];
    const sessions = await openSessions(gateways[0] as Gateway, (write) => {
      writes.push(write);
      counter?.watch(write);
    });
    const stopping = new AbortController();
    const asked = { turn: 0 };
    const pick = (): Gateway => gateways[asked.turn++ % gateways.length] as Gateway;
    const streams = sessions.flatMap((session) =>
      Array.from({ length: AT_A_TIME }, () => stream(session, pick, stopping.signal)),
    );
    const broken = Promise.all(streams).then(() => null);
    let duringShutdown = 0;
    for (let kill = 1; kill <= kills; kill++) {
      const enough = answersOf(writes) + Math.floor(Math.random() * ANSWERS_OF_A_LIFE);
      while (answersOf(writes) < enough) await Promise.race([broken, Bun.sleep(5)]);
      await Bun.sleep(Math.random() * MOMENT_MS);
      const at = kill % gateways.length;
      const victim = gateways[at] as Gateway;
      if (kill % 4 === 0) {
        victim.kill("SIGTERM");
        duringShutdown++;
        await Bun.sleep(Math.random() * 40);
      }
      victim.kill("SIGKILL");
      await victim.ended();
      gateways[at] = await start();
      onKill(kill, writes.length);
    }
    stopping.abort();
    await broken;
    await readBack(pick(), sessions, writes);
    return { kills, duringShutdown, writes };
  } finally {
    for (const gateway of gateways) await gateway.stop();
    emulator.kill("SIGTERM");
    await emulator.ended();
    counter?.stop();
    directory.remove();
  }
}

const answersOf = (writes: readonly Write[]): number =>
  writes.reduce((sum, { seen }) => sum + seen.length, 0);

/** What is wrong with how a write ended; null for nothing. */
export function faultOf(write: Write): string | null {
  const { kind, told, held, sent, interrupted, replayed } = write;
  if (told === null) return "has not ended";
  if (replayed === false) return "was answered differently when it was asked again";
  if (GUARDED.has(kind)) {
    if (told !== "done") return "is guarded, and its outcome is unknown";
    return held === 1 ? null : `is there ${held} times`;
  }
  if (sent > 1) return `is not guarded, and was sent ${sent} times`;
  if (held > 1) return `is there ${held} times`;
  if (told === "done") return held === 1 ? null : "was acknowledged, and is not there";
  return interrupted ? null : "has an unknown outcome although no answer was lost";
}

/** One caller: writes, repeats each write until it has ended, and begins the next. */
async function stream(session: Session, pick: () => Gateway, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const write = session.next();
    while (write.told === null) {
      if (write.seen.length > MOST_TRIES)
        throw new Error(`${write.kind} ${write.about} does not end: ${write.seen.slice(-5)}`);
      await tryOnce(write, pick());
    }
    // Some answers are asked for again.
    if (write.told === "done" && Math.random() < 0.2) {
      const again = await ask(write, pick()).catch(() => null);
      if (again?.status === 200) write.replayed = again.text === write.answer;
      else if (again !== null && !mayTryAgain(again)) write.replayed = false;
    }
  }
}

const ask = (write: Write, gateway: Gateway): Promise<Answer> =>
  gateway.request("POST", PATHS[write.kind], {
    key: write.session.key,
    session: write.session.id,
    ...(write.kind === "photo" ? { body: photoForm(write.about) } : { form: write.fields }),
    headers: { "Idempotency-Key": write.key },
  });

async function tryOnce(write: Write, gateway: Gateway): Promise<void> {
  let answer: Answer;
  try {
    answer = await ask(write, gateway);
  } catch (error) {
    // Where nobody listens, nothing was interrupted.
    if ((error as { code?: unknown }).code !== "ECONNREFUSED") {
      write.interrupted = true;
      write.seen.push("cut off");
    }
    return Bun.sleep(20);
  }
  write.seen.push(`${answer.status} ${answer.body?.exc_type ?? ""}`);
  if (answer.status === 200) {
    write.told = "done";
    write.answer = answer.text;
  } else if (answer.status === 409 && answer.body.exc_type === "OutcomeUnknown")
    write.told = "OutcomeUnknown";
  else if (mayTryAgain(answer)) await Bun.sleep(answer.status === 429 ? 500 : 20);
  else throw new Error(`${write.kind} ${write.about}: ${answer.status} ${answer.text}`);
}

/** 429 and 503 ask to wait; with 409 another request runs; a lost answer is asked for again. */
const mayTryAgain = ({ status, body }: Answer): boolean =>
  status === 429 || status >= 502 || (status === 409 && body?.exc_type === "IdempotencyInProgress");

async function openSessions(gateway: Gateway, onWrite: (write: Write) => void): Promise<Session[]> {
  const sessions: Session[] = [];
  let count = 0;
  let likeable: string[] = [];
  for (let tenant = 0; tenant < TENANTS; tenant++) {
    const key = await gateway.createKey("live");
    const { body: id, text } = await gateway.login(key);
    if (typeof id !== "string") throw new Error(text);
    likeable = tenant === 0 ? await postsOf(gateway, key, id) : likeable;
    const next = (): Write => {
      const number = ++count;
      const wanted = anyKind();
      const post = wanted === "like" ? likeable.pop() : undefined;
      const kind = wanted === "like" && post === undefined ? "message" : wanted;
      const about = post ?? `w${number}e`;
      const write: Write = {
        kind,
        key: `key ${number}`,
        about,
        fields: fieldsOf(kind, about),
        session,
        seen: [],
        told: null,
        answer: "",
        sent: 0,
        held: 0,
        interrupted: false,
        replayed: null,
      };
      onWrite(write);
      return write;
    };
    const session: Session = { key, id, next };
    sessions.push(session);
  }
  return sessions;
}

function fieldsOf(kind: Kind, about: string): Record<string, string> {
  switch (kind) {
    case "message":
      return { text: about, user_ids: "25025320" };
    case "comment":
      return { text: about, media_id: COMMENTED };
    case "highlight":
      return { title: about, story_ids: STORY };
    case "like":
      return { media_id: about };
    case "photo":
      return { caption: about };
  }
}

/** Posts that the account does not like yet. */
async function postsOf(gateway: Gateway, key: string, session: string): Promise<string[]> {
  const posts = await read(gateway, { key, id: session }, "/user/medias", {
    user_id: "25025320",
    amount: "200",
  });
  return listIn(posts)
    .slice(NOT_LIKED)
    .filter((post) => post.has_liked !== true)
    .map((post) => String(post.id));
}

type Item = Record<string, unknown>;
const listIn = (body: unknown): Item[] =>
  (Array.isArray(body) ? body : (body as { items: Item[] }).items) as Item[];

async function read(
  gateway: Gateway,
  { key, id }: Pick<Session, "key" | "id">,
  path: string,
  query: Record<string, string>,
): Promise<unknown> {
  const asked = `${path}?${new URLSearchParams(query)}`;
  const { status, body, text } = await gateway.request("GET", asked, { key, session: id });
  if (status !== 200) throw new Error(`${asked}: ${status} ${text}`);
  return body;
}

/** Counts in the emulator, through the service, how often it holds each write. */
async function readBack(
  gateway: Gateway,
  [session]: readonly Session[],
  writes: readonly Write[],
): Promise<void> {
  if (!session) throw new Error("no session");
  const held = new Map<string, number>();
  const count = (about: unknown): void => {
    held.set(String(about), (held.get(String(about)) ?? 0) + 1);
  };
  const get = (path: string, query: Record<string, string>) => read(gateway, session, path, query);
  const sent = writes.find(({ kind, told }) => kind === "message" && told === "done");
  if (sent) {
    const { thread_id } = JSON.parse(sent.answer);
    const messages = await get("/direct/messages", { thread_id, amount: "0" });
    for (const { text } of listIn(messages)) count(text);
  }
  const countPages = async (path: string, query: Record<string, string>, name: string) => {
    for (let cursor = ""; ; ) {
      const page = await get(path, { ...query, amount: "200", cursor });
      for (const item of listIn(page)) count(item[name]);
      cursor = String((page as { next_cursor?: string }).next_cursor ?? "");
      if (cursor === "") break;
    }
  };
  await countPages("/media/comments", { media_id: COMMENTED }, "text");
  await countPages("/user/medias", { user_id: "61000000001" }, "caption_text");
  const highlights = await get("/user/highlights", { user_id: "61000000001", amount: "0" });
  for (const { title } of listIn(highlights)) count(title);
  const posts = await get("/user/medias", { user_id: "25025320", amount: "200" });
  for (const { id, has_liked } of listIn(posts)) if (has_liked === true) count(id);
  for (const write of writes) write.held = held.get(write.about) ?? 0;
}
