import { beforeEach, describe, expect, test } from "bun:test";
import { createEmulator, type Emulator } from "../../src/emulator/index.ts";
import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import { SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import traces from "../fixtures/wire-traces.json";
import { APP_HEADERS, DEVICE, loggedIn, type ParsedJson, type TestClient } from "./client.ts";
import { threadsIn } from "./threads.ts";

/*
 * The requests of recorded uploads, sent to the emulator as they are: only placeholders, files with
 * their lengths, and ids of what the sandbox does not have are filled in.
 */

interface RecordedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: readonly (readonly string[])[];
  readonly headers_base: string;
  readonly headers_extra: Readonly<Record<string, string>>;
  readonly body_kind: string;
  readonly body: ParsedJson;
}

interface Recording {
  readonly operationId: string;
  readonly variant: string;
  readonly requests: readonly RecordedRequest[];
}

const HOSTS = ["i.instagram.com", "rupload.facebook.com"];

const recordings = (traces.traces as unknown as Recording[]).filter(({ requests }) =>
  requests.some(({ path }) => /^\/(?:rupload_|messenger_)/.test(path)),
);

let emulator: Emulator;
let me: TestClient;
let thread: string;

beforeEach(async () => {
  emulator = createEmulator({ transcodeRate: 0 });
  me = await loggedIn(emulator);
  thread = (await threadsIn(me))[0].thread_id;
});

/** Fills in placeholders; the same one gets the same value within a recording. */
class Filling {
  readonly #values = new Map<string, string>();
  /** Texts of the recording and what stands for them here. */
  readonly replaced = new Map<string, string>([
    ["340282366841710300949128137443944319108", thread],
    ["17840000000000001", thread],
    ["528817151", String(SANDBOX_PRIVATE_PK)],
  ]);

  text(recorded: string): string {
    const filled = recorded.replace(/<[^<>]+>/g, (name) => this.#valueFor(name));
    return [...this.replaced].reduce((text, [from, to]) => text.replaceAll(from, to), filled);
  }

  /** A value of a signed body: its texts and numbers. */
  json(recorded: ParsedJson): ParsedJson {
    if (typeof recorded === "string") return this.text(recorded);
    if (Array.isArray(recorded)) return recorded.map((item) => this.json(item));
    if (typeof recorded !== "object" || recorded === null) return recorded;
    if ("$number" in recorded) return Number(this.text(recorded.$number));
    return Object.fromEntries(
      Object.entries(recorded).map(([name, value]) => [name, this.json(value)]),
    );
  }

  #valueFor(name: string): string {
    const known = this.#values.get(name);
    const value = known ?? madeUp(name);
    this.#values.set(name, value);
    return value;
  }
}

let uploads = 1_795_487_700_000;

const SESSION: Readonly<Record<string, () => string>> = {
  "<session.uuid>": () => DEVICE.guid,
  "<session.android_device_id>": () => DEVICE.device_id,
  "<session.user_id>": () => String(SANDBOX_PK),
  "<session.timezone_offset>": () => "-14400",
  "<session.device.android_version>": () => "34",
  "<session.authorization>": () => me.authorization ?? "",
  "<session.user_agent>": () => APP_HEADERS["User-Agent"],
};

function madeUp(name: string): string {
  const known = SESSION[name];
  if (known !== undefined) return known();
  if (name.startsWith("<upload_id")) return String(++uploads);
  if (name.startsWith("<uuid") || name.includes("client_session_id")) return crypto.randomUUID();
  if (name.startsWith("<mutation_token")) return "6812345678901234567";
  if (name.startsWith("<random hex32")) return "0123456789abcdef".repeat(2);
  if (name.startsWith("<hex12")) return "0123456789AB";
  if (name.startsWith("<random signed")) return "-1234567890";
  if (name.startsWith("<unix seconds -3")) return "1795228494";
  if (name.startsWith("<unix seconds")) return "1795487694";
  if (name.startsWith("<JSON list")) return JSON.stringify(new Array(70).fill(0.5));
  if (name.startsWith("<random 25")) return "25";
  if (name.startsWith("<random")) return "7823256191";
  return "made-up";
}

/** The file that stands for the recorded one. */
const fileFor = ({ path }: RecordedRequest): Uint8Array<ArrayBuffer> =>
  /photo|image/.test(path) ? jpeg(1_080, 1_350) : mp4(720, 1_280);

function send(request: RecordedRequest, filling: Filling): Promise<Response> {
  const headers = new Headers(request.headers_base === "none" ? {} : APP_HEADERS);
  if (request.headers_base !== "none") headers.set("Authorization", me.authorization ?? "");
  for (const [name, value] of Object.entries(request.headers_extra))
    headers.set(name, filling.text(value));
  const query = new URLSearchParams(
    request.query.map(([name = "", value = ""]) => [name, filling.text(value)]),
  );
  const url = `https://${request.host}${filling.text(request.path)}${query.size > 0 ? `?${query}` : ""}`;
  return emulator.handle(
    new Request(url, { method: request.method, headers, body: bodyOf(request, filling) }),
  );
}

function bodyOf(request: RecordedRequest, filling: Filling): BodyInit | undefined {
  switch (request.body_kind) {
    case "binary":
      return fileFor(request);
    case "signed_json": {
      const fields = JSON.stringify(filling.json(request.body));
      return new URLSearchParams({ signed_body: `SIGNATURE.${fields}` }).toString();
    }
    case "form":
      return new URLSearchParams(
        request.body.map(([name, value]: [string, string]) => [name, filling.text(value)]),
      ).toString();
    case "json":
      return JSON.stringify(filling.json(request.body));
    default:
      return undefined;
  }
}

describe("the emulator takes recorded uploads", () => {
  test.each(
    recordings.map((recording) => [recording.operationId, recording.variant, recording] as const),
  )("%s: %s", async (_, __, { requests }) => {
    const filling = new Filling();
    for (const request of requests)
      if (request.body_kind === "binary")
        filling.replaced.set(String(request.body.length), String(fileFor(request).length));
    for (const request of requests.filter(({ host }) => HOSTS.includes(host))) {
      const response = await send(request, filling);
      const text = await response.text();
      expect([request.path, response.status, text.slice(0, 300)]).toEqual([
        request.path,
        200,
        expect.not.stringContaining("media_needs_reupload"),
      ]);
      const [, mediaId] = /"media_id":(\d{16,})/.exec(text) ?? [];
      if (mediaId !== undefined) filling.replaced.set("1234567890123456", mediaId);
    }
  });
});
