import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../../support/directory.ts";
import { type Gateway, startGateway } from "../../support/gateway.ts";
import { LONG_MS, SECRETS } from "../../support/process.ts";
import { type InstagramServer, startInstagram } from "../../support/servers.ts";
import type { Answer } from "../../support/service.ts";

/*
 * Machines as processes of their own, on one database file and with one Instagram. What Fly's proxy
 * says of a request that no other machine could take is said here.
 */

const LIKED = "25025320";
const SLOW = "61000000001";
const WAITING = "61000000002";

let directory: ReturnType<typeof temporaryDirectory>;
let instagram: InstagramServer;
beforeAll(() => {
  directory = temporaryDirectory();
  instagram = startInstagram({ sandbox: true });
});
afterAll(() => {
  instagram[Symbol.dispose]();
  directory.remove();
});

const start = (machine: string): Promise<Gateway> =>
  startGateway({
    ...SECRETS,
    DATABASE_URL: `file:${join(directory.path, "gramway.db")}`,
    UPSTREAM_URL: instagram.origin,
    PROXY_CHECK_URL: "off",
    FLY_MACHINE_ID: machine,
    FLY_REGION: "fra",
    LOG_LEVEL: "error",
    KEY_REQUESTS_PER_SECOND: "100000",
  });

interface Session {
  key: string;
  id: string;
}

async function logIn(gateway: Gateway): Promise<Session> {
  const key = await gateway.createKey("live");
  const { body: id, text } = await gateway.login(key);
  if (typeof id !== "string") throw new Error(text);
  return { key, id };
}

const look = (
  gateway: Gateway,
  { key, id }: Session,
  user: string,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  gateway.request("GET", `/user?user_id=${user}`, { key, session: id, headers });

const askedFor = (user: string): number =>
  instagram.instagram.callsOf(`users/${user}/info/`).length;

/** Asks a machine, and once more as Fly's proxy does where no other one can be reached. */
async function asked(gateway: Gateway, session: Session): Promise<Answer> {
  const first = await look(gateway, session, LIKED);
  const target = /^([^;]+);/.exec(first.headers.get("fly-replay") ?? "")?.[1];
  if (target === undefined) return first;
  return look(gateway, session, LIKED, { "fly-replay-failed": `${target};reason=timeout` });
}

/** Asks a machine until it serves a session; whatever else it answers asks to wait. */
async function served(gateway: Gateway, session: Session): Promise<void> {
  for (;;) {
    const { status, headers, text } = await asked(gateway, session);
    if (status === 200) return;
    expect({ status, text }).toMatchObject({ status: 503 });
    expect(headers.get("retry-after")).toMatch(/^\d+$/);
    await Bun.sleep(100);
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(5);
}

test(
  "a process that stood still sends nothing more of a session that was taken from it",
  async () => {
    const first = await start("m1");
    const second = await start("m2");
    try {
      const session = await logIn(first);
      expect((await look(first, session, LIKED)).status).toBe(200);
      const answer = Promise.withResolvers<undefined>();
      instagram.instagram.on(`users/${SLOW}/info/`, () => answer.promise);
      const slow = look(first, session, SLOW);
      await until(() => askedFor(SLOW) === 1);

      first.kill("SIGSTOP");
      // It arrives at the process, which will find it when it goes on.
      const waiting = look(first, session, WAITING);
      await served(second, session);
      answer.resolve(undefined);
      first.kill("SIGCONT");

      const { status, body, headers } = await waiting;
      expect([status, body.exc_type]).toEqual([503, "SessionElsewhere"]);
      expect(headers.get("fly-replay")).toStartWith("instance=m2;");
      expect(askedFor(WAITING)).toBe(0);
      // Its answer was there already, or it was broken off.
      expect([200, 503]).toContain((await slow).status);
      expect((await look(second, session, LIKED)).status).toBe(200);
      // The second one is asked for it, and hands it over.
      await served(first, session);
    } finally {
      for (const gateway of [first, second]) gateway.kill("SIGCONT");
      await Promise.all([first.stop(), second.stop()]);
    }
  },
  2 * LONG_MS,
);

const KILLS = 1;
const SESSIONS = 4;

test(
  "sessions stay whole and usable when machines are killed while these change hands",
  async () => {
    const machines = [await start("m1"), await start("m2")];
    try {
      const sessions: Session[] = [];
      for (let n = 0; n < SESSIONS; n++) sessions.push(await logIn(machines[0] as Gateway));
      const loginOf = async (gateway: Gateway, { key, id }: Session): Promise<unknown> =>
        (await gateway.request("GET", "/auth/settings", { key, session: id })).body
          ?.authorization_data;
      const logins: unknown[] = [];
      for (const session of sessions) logins.push(await loginOf(machines[0] as Gateway, session));

      for (let kill = 0; kill < KILLS; kill++) {
        const [victim, other] = kill % 2 === 0 ? machines : [...machines].reverse();
        if (!victim || !other) throw new Error("both are there");
        // Each pulls at each session, in the middle of which one of them dies.
        const pulling = sessions.flatMap((session) =>
          [victim, other].map((machine) => asked(machine, session).catch(() => null)),
        );
        await Bun.sleep(Math.random() * 1_500);
        victim.kill("SIGKILL");
        await victim.ended();
        await Promise.all(pulling);
        await Promise.all(sessions.map((session) => served(other, session)));
        machines[machines.indexOf(victim)] = await start(`m${kill + 3}`);
      }
      for (const [n, session] of sessions.entries())
        for (const machine of machines) {
          await served(machine, session);
          expect(await loginOf(machine, session)).toEqual(logins[n]);
        }
    } finally {
      await Promise.all(machines.map((machine) => machine.stop()));
    }
  },
  3 * LONG_MS,
);
