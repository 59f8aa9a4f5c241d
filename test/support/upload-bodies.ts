import { createHash } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { connect } from "node:net";
import { Type } from "@sinclair/typebox";
import { fileField, fileList, isSavedFile, optionalFileField } from "../../src/http/file-field.ts";
import { type Operation, operations, withKey, withSession } from "../../src/http/route.ts";

export const MB = 1024 * 1024;
export const FILE_BYTES = 8 * MB;

const { post } = operations("Test");

/** What the routes below tell of a file. */
interface Told {
  name: string;
  type: string;
  length: number;
  sha256: string;
}

async function told(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(told));
  if (!isSavedFile(value)) return value;
  const hash = createHash("sha256");
  for await (const piece of value.stream()) hash.update(piece);
  const sha256 = hash.digest("hex");
  if (sha256 !== (await value.sha256())) throw new Error("the hash is not that of the content");
  const { name, type, length } = value;
  return { name, type, length, sha256 } satisfies Told;
}

const tell = async (body: object): Promise<object> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(body).map(async ([name, value]) => [name, await told(value)] as const),
    ),
  );

const fields = {
  file: fileField({ description: "A file.", maxBytes: FILE_BYTES }),
  thumbnail: optionalFileField({ description: "A small file.", maxBytes: 1000 }),
  more: Type.Optional(
    fileList({ description: "Files.", maxBytes: 2000, minItems: 1, maxItems: 3 }),
  ),
  caption: Type.Optional(Type.String({ maxLength: 2200 })),
  ids: Type.Optional(Type.Array(Type.String())),
};

/** Operations that answer what they were sent. `hold` delays the answer. */
export const echoRoutes = (hold: () => Promise<void> = async () => {}): Operation[] => [
  post(
    "/echo",
    {
      operationId: "echo",
      summary: "Echo",
      access: withSession("write"),
      body: fields,
      returns: Type.Object({}),
    },
    async ({ body }) => {
      await hold();
      return tell(body) as never;
    },
  ),
  post(
    "/echo/key",
    {
      operationId: "echoOfKey",
      summary: "Echo",
      access: withKey("write"),
      body: fields,
      returns: Type.Object({}),
    },
    async ({ body }) => tell(body) as never,
  ),
];

export const sha256 = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

/** Bytes without a pattern, the same for the same seed. */
export function someBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A part of a body: a text, or a file. */
export type Part =
  | { field: string; text: string }
  | { field: string; name: string; type?: string; bytes: Uint8Array };

export const BOUNDARY = "a-boundary-of-tests";
export const MULTIPART = { "Content-Type": `multipart/form-data; boundary=${BOUNDARY}` };

/** The bytes of a multipart body. */
export function multipart(parts: readonly Part[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  for (const part of parts) {
    const name = `Content-Disposition: form-data; name="${part.field}"`;
    const head =
      "text" in part
        ? `${name}\r\n`
        : `${name}; filename="${part.name}"\r\n${part.type ? `Content-Type: ${part.type}\r\n` : ""}`;
    pieces.push(Buffer.from(`--${BOUNDARY}\r\n${head}\r\n`));
    pieces.push("text" in part ? Buffer.from(part.text) : part.bytes, Buffer.from("\r\n"));
  }
  return new Uint8Array(Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)]));
}

/** A body that arrives in these pieces. */
export function arriving(pieces: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  const rest = pieces[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { done, value } = rest.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}

/** How many files of a directory this process has open, even if they have lost their names. */
export function openFilesIn(directory: string, pid: number | "self" = "self"): number {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return links.filter((link) => link.startsWith(`${directory}/`)).length;
}

/** A caller on a socket of its own: what it sends is chosen byte by byte. */
export interface RawCaller {
  send(bytes: string | Uint8Array): Promise<void>;
  /** What has come back. */
  answer(): string;
  /** Resolves with the answer when the other side has closed, or the answer has a whole head. */
  answered(): Promise<string>;
  hangUp(): void;
}

export async function rawCaller(port: number): Promise<RawCaller> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  let text = "";
  const { promise, resolve } = Promise.withResolvers<string>();
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    if (text.includes("\r\n\r\n")) resolve(text);
  });
  let onClosed = (): void => {};
  socket.on("close", () => {
    resolve(text);
    onClosed();
  });
  return {
    send: async (bytes) => {
      if (socket.destroyed || socket.write(bytes)) return;
      await new Promise<void>((done) => {
        onClosed = done;
        socket.once("drain", done);
      });
    },
    answer: () => text,
    answered: () => promise,
    hangUp: () => socket.destroy(),
  };
}
