import { HEAD_BYTES, mediaTypeIn } from "../files/media-type.ts";
import { UpstreamUnreachable } from "../instagram/errors.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";
import type { SessionInUse } from "../sessions/session-in-use.ts";
import {
  type AllowedHosts,
  FileMissing,
  type RemoteFile,
  type UrlFetch,
} from "../sessions/url-fetch.ts";
import { lastPartOf } from "./file-reference.ts";
import { INSTAGRAM_FILES, SANDBOX_FILES } from "./sandbox-files.ts";
import type { UploadDependencies } from "./upload-dependencies.ts";

/** The longest that fetching a file may take, in milliseconds. */
const FETCH_MS = 10 * 60_000;

/** What this service says of itself to servers that are not Instagram's. */
export const elsewhere = (): Record<string, string> => ({
  Accept: "*/*",
  "Accept-Encoding": "identity",
  "User-Agent": "gramway",
});

/**
 * Saves the photo or video at a caller's URL. It must begin like one: a page, or anything else that a
 * server has, is not read any further.
 */
export const createFetchFile =
  (fetch: UrlFetch): UploadDependencies["fetchFile"] =>
  (session, files, text, { field, maxBytes }) => {
    const url = urlOf(fetch, session, text, "public");
    const tooLarge = (): GatewayProblem =>
      new GatewayProblem(
        "PayloadTooLarge",
        `The file at ${field} is larger than ${maxBytes} bytes`,
      );
    return session.download(async (client) => {
      try {
        // Instagram's hosts get no headers at all: the recorded service does not pose as anybody here.
        const file = await fetch.open(client, url, {
          hosts: "public",
          instagram: {},
          elsewhere: elsewhere(),
        });
        if (file.length !== null && file.length > maxBytes) {
          await file.bytes.cancel();
          throw tooLarge();
        }
        const { type, bytes } = await sniffed(file.bytes);
        if (type === null) {
          await bytes.cancel();
          throw new GatewayProblem("UnsupportedMedia", `${field} leads to no photo and no video`);
        }
        const description = { name: lastPartOf(file.url), type };
        return await files.save(inTime(bytes), description, { maxBytes, tooLarge });
      } catch (error) {
        throw failureOf(error, field);
      }
    });
  };

function failureOf(error: unknown, field: string): unknown {
  if (error instanceof FileMissing)
    return new InvalidInput(field, `leads to no file: ${error.message}`);
  if (error instanceof UpstreamUnreachable && error.kind !== "ProxyError")
    return new GatewayProblem("UrlUnreachable", `The file at ${field} did not come to its end`, {
      cause: error,
    });
  return error;
}

/**
 * A caller's URL as it is requested. For test keys a file of the sandbox, at whatever address callers
 * reach this service, is one of the emulator's. Throws UrlRefused.
 */
export function urlOf(
  fetch: Pick<UrlFetch, "read">,
  session: SessionInUse,
  text: string,
  hosts: AllowedHosts,
): URL {
  const given = session.stored.mode === "test" ? URL.parse(text.trim()) : null;
  if (!given?.pathname.startsWith(`${SANDBOX_FILES}/`)) return fetch.read(text, hosts);
  // Put into a URL whose host stands: resolved against it, `//host/` and `https://host/` lead elsewhere.
  const url = new URL(INSTAGRAM_FILES);
  url.pathname = given.pathname.slice(SANDBOX_FILES.length);
  url.search = given.search;
  return url;
}

/** Reads as much of a file as tells its type. `bytes` is the whole file all the same. */
export async function sniffed(
  file: RemoteFile["bytes"],
): Promise<{ type: string | null; bytes: ReadableStream<Uint8Array> }> {
  const reader = file.getReader();
  let head: Uint8Array = new Uint8Array();
  let isWhole = false;
  while (head.byteLength < HEAD_BYTES && !isWhole) {
    const { done, value } = await reader.read();
    if (done) isWhole = true;
    else head = head.byteLength === 0 ? value : Buffer.concat([head, value]);
  }
  const bytes = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (head.byteLength > 0) {
          const first = head;
          head = new Uint8Array();
          controller.enqueue(first);
          return;
        }
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { type: mediaTypeIn(head), bytes };
}

/** The same bytes, which must all come within FETCH_MS: a server may send one now and then for ever. */
async function* inTime(bytes: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const until = performance.now() + FETCH_MS;
  for await (const piece of bytes) {
    if (performance.now() > until)
      throw new GatewayProblem("UrlUnreachable", "The file at the URL takes too long");
    yield piece;
  }
}
