import { afterAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { temporaryDirectory } from "../support/directory.ts";
import { reply, type Script } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { type Environment, LONG_MS, productionEnvironment } from "../support/process.ts";
import { startInstagram } from "../support/servers.ts";
import { ASYNC, CONFIGURE, photoForm, SEND_PHOTO } from "../support/uploading.ts";

/* Uploads whose process is killed: what is told of them is true, and a retry makes no second post. */

const upstream = startInstagram({ sandbox: true });
const { instagram } = upstream;
afterAll(() => upstream[Symbol.dispose]());

const environment = (directory: string): Environment => ({
  ...productionEnvironment(directory),
  UPSTREAM_URL: upstream.origin,
  // The tests ask again and again how an upload gets on.
  KEY_REQUESTS_PER_SECOND: "100000",
});

interface Login {
  key: string;
  session: string;
}

async function ask(
  { url }: Gateway,
  { key, session }: Login,
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: any }> {
  const headers = { "X-API-Key": key, "X-Session-ID": session, ...(init.headers ?? {}) };
  const response = await fetch(url + path, { ...init, headers });
  return { status: response.status, body: await response.json() };
}

const post = (
  gateway: Gateway,
  login: Login,
  caption: string,
  headers: Record<string, string> = ASYNC,
) =>
  ask(gateway, login, "/photo/upload", {
    method: "POST",
    body: photoForm(caption),
    headers: { ...headers, "Idempotency-Key": `of ${caption}` },
  });

const told = async (gateway: Gateway, login: Login, id: string) =>
  (await ask(gateway, login, `/upload?upload_id=${id}`)).body;

async function ended(gateway: Gateway, login: Login, id: string): Promise<any> {
  let body: any;
  await until(async () => {
    body = await told(gateway, login, id);
    return body.state === "done" || body.state === "failed";
  });
  return body;
}

/** How many posts of the account have the caption. */
async function postsOf(gateway: Gateway, login: Login, caption: string): Promise<number> {
  const { body } = await ask(gateway, login, "/user/medias?user_id=61000000001&amount=12");
  return body.items.filter((item: { caption_text: string }) => item.caption_text === caption)
    .length;
}

/** What a moment's kill interrupts, and what is known afterwards. */
const MOMENTS: [
  moment: string,
  script: (gate: Gate) => [RegExp | string, Script],
  errors: RegExp,
][] = [
  [
    "before the bytes have arrived",
    (gate) => [SEND_PHOTO, () => gate.pass(undefined)],
    /^UploadInterrupted not_sent$/,
  ],
  [
    "before the post is made",
    (gate) => [CONFIGURE, () => gate.pass(reply(500, {}))],
    /^OutcomeUnknown unknown$/,
  ],
  [
    "after the post was made",
    (gate) => [
      CONFIGURE,
      async (_, usual) => {
        const made = await usual();
        await gate.pass(null);
        return made;
      },
    ],
    /^OutcomeUnknown unknown$/,
  ],
  [
    "while Instagram converts",
    (gate) => [
      CONFIGURE,
      () => {
        void gate.pass(null);
        return reply(202, { message: "Transcode not finished yet.", status: "fail" });
      },
    ],
    // Whether it was noted already that there is no post hangs on the moment.
    /^(?:UploadInterrupted not_sent|OutcomeUnknown unknown)$/,
  ],
];

for (const [moment, script, errors] of MOMENTS)
  test(
    `killed ${moment}, an upload says what is known, and is made once by its retry`,
    async () => {
      using directory = temporaryDirectory();
      const env = environment(directory.path);
      instagram.reset();
      instagram.beginAnew();
      const first = await startGateway(env);
      const key = await first.createKey("live");
      const login = { key, session: (await first.login(key)).body };
      const gate = new Gate();
      instagram.on(...script(gate));
      const caption = `killed ${moment}`;
      const accepted = await post(first, login, caption);
      expect(accepted.status, JSON.stringify(accepted.body)).toBe(202);
      const { upload_id } = accepted.body;
      await until(() => gate.arrived === 1);
      expect((await told(first, login, upload_id)).error).toBeNull();
      first.kill("SIGKILL");
      await first.ended();

      const second = await startGateway(env);
      const after = await told(second, login, upload_id);
      expect(after.state).toBe("failed");
      expect(`${after.error.exc_type} ${after.error.outcome}`).toMatch(errors);
      const before = await postsOf(second, login, caption);
      if (after.error.outcome === "not_sent") expect(before).toBe(0);
      instagram.on(CONFIGURE).on(SEND_PHOTO);
      gate.letGo();

      const retry = await post(second, login, caption);
      expect([retry.status, retry.body.upload_id]).toEqual([202, upload_id]);
      const done = await ended(second, login, upload_id);
      expect(done).toMatchObject({ state: "done", media: { caption_text: caption } });
      expect(await postsOf(second, login, caption)).toBe(1);
      const waited = await post(second, login, caption, {});
      expect([waited.status, waited.body]).toEqual([200, done.media]);
      expect(filesLeft(directory.path)).toEqual([]);
      expect(await second.stop()).toBe(0);
    },
    LONG_MS,
  );

test(
  "an upload in the background is finished before the process ends by SIGTERM",
  async () => {
    using directory = temporaryDirectory();
    const env = environment(directory.path);
    instagram.reset();
    instagram.beginAnew();
    const first = await startGateway(env);
    const key = await first.createKey("live");
    const login = { key, session: (await first.login(key)).body };
    const gate = new Gate();
    instagram.on(CONFIGURE, () => gate.pass(undefined));
    const { upload_id } = (await post(first, login, "at the end")).body;
    await until(() => gate.running === 1);
    const stopped = first.stop();
    await first.printed(/shutting down/);
    gate.letGo();
    expect(await stopped).toBe(0);
    const second = await startGateway(env);
    expect(await told(second, login, upload_id)).toMatchObject({ state: "done" });
    expect(await second.stop()).toBe(0);
  },
  LONG_MS,
);

/** Files beside the database's own. */
const filesLeft = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes("gramway.db"))
    .map(({ name }) => name);
