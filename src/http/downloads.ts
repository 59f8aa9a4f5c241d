import { create as contentDisposition } from "content-disposition";
import type { Client } from "../instagram/client.ts";
import { notInAnswer, UpstreamRefused } from "../instagram/errors.ts";
import { browserHeaders, type Headers } from "../instagram/headers.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import type { SessionInUse } from "../sessions/session-in-use.ts";
import {
  type AllowedHosts,
  FileMissing,
  type RemoteFile,
  type UrlFetch,
} from "../sessions/url-fetch.ts";
import { AnswerStream } from "./answer-stream.ts";
import type { RequestContext } from "./context.ts";
import {
  contentTypeOf,
  type FileReference,
  type FileSource,
  fileName,
  referenceTo,
} from "./file-reference.ts";
import { elsewhere, sniffed, urlOf } from "./url-files.ts";
import { type ZipEntry, zipOf } from "./zip.ts";

/** Of a request, what a download needs. */
export interface DownloadInput {
  request: Request;
  context: RequestContext;
  session: SessionInUse;
}

/** A file of Instagram's, or of a host that the operator allows, as callers name it. */
export interface FileToDownload extends Omit<FileSource, "url"> {
  url: string;
}

export interface DownloadOptions {
  /** False where a caller wants no bytes: the answer then describes the file. */
  returnFile: boolean;
  /** Where the files may be; only at Instagram's hosts unless given. URLs out of its answers may lead elsewhere. */
  hosts?: AllowedHosts;
  /** The headers to send to Instagram's hosts; those of a browser unless given. */
  headers?: () => Headers;
}

/** Answers with files. */
export interface Downloads {
  /**
   * Answers with a file as it arrives, or with its description. Throws UrlRefused, UpstreamRefused
   * (MediaNotFound), and what else fetching a file can throw.
   */
  file(
    input: DownloadInput,
    file: FileToDownload,
    options: DownloadOptions,
  ): Promise<Response | FileReference>;
  /** The same for several files, which come one after another in one ZIP. */
  zip(
    input: DownloadInput,
    name: string,
    files: readonly FileToDownload[],
    options: DownloadOptions,
  ): Promise<Response | FileReference[]>;
}

/**
 * Files up to this size are answered whole: Bun tells the length of such an answer only. It sends any
 * stream in chunks and takes a Content-Length out (oven-sh/bun#10507).
 */
const WHOLE_BYTES = 1024 * 1024;

export function createDownloads(fetch: UrlFetch): Downloads {
  const sourceOf = (
    session: SessionInUse,
    { url, ...file }: FileToDownload,
    hosts: AllowedHosts,
  ): FileSource => {
    if (url === "") throw notInAnswer("MediaNotFound", "Instagram tells no URL of the file");
    return { ...file, url: urlOf(fetch, session, url, hosts) };
  };
  const open = async (
    client: Client,
    { url }: FileSource,
    hosts: AllowedHosts,
    headers: Headers,
    added: Headers = {},
  ): Promise<RemoteFile> => {
    try {
      return await fetch.open(client, url, {
        hosts,
        instagram: { ...headers, ...added },
        elsewhere: { ...elsewhere(), ...added },
      });
    } catch (error) {
      throw error instanceof FileMissing ? gone(error) : error;
    }
  };

  return {
    async file(input, given, { returnFile, hosts = "instagram", headers = browserHeaders }) {
      const source = sourceOf(input.session, given, hosts);
      if (!returnFile) return referenceTo(source);
      return held(input, async (client) => {
        const file = await open(client, source, hosts, headers(), rangeOf(input.request));
        return answerOf(input, source, file);
      });
    },
    async zip(input, name, given, { returnFile, hosts = "instagram", headers = browserHeaders }) {
      const sources = given.map((file) => sourceOf(input.session, file, hosts));
      if (sources.length === 0) throw notInAnswer("MediaNotFound", "Instagram tells no file of it");
      if (!returnFile) return sources.map(referenceTo);
      return held(input, async (client) => {
        const distinct = distinctNames();
        const openAt = async (at: number): Promise<ZipEntry | null> => {
          const source = sources[at];
          if (!source) return null;
          const file = await open(client, source, hosts, headers());
          const { type, bytes } = await sniffed(file.bytes);
          const name = fileName(
            source,
            contentTypeOf(source, type, file.headers.get("content-type")),
          );
          return { name: distinct(name), bytes, headers: file.headers };
        };
        const first = await openAt(0);
        // Those to come are counted now: the headers go out before they are asked for.
        input.context.announceCalls(sources.length - 1);
        const bytes = zipOf(first, openAt);
        return streamed(input, bytes, {
          "Content-Type": "application/zip",
          "Content-Disposition": contentDisposition(`${name}.zip`),
        });
      });
    },
  };
}

/** Holds a place among the session's downloads until the answer has been read, or broken off. */
function held(
  { context, session }: DownloadInput,
  answer: (client: Client) => Promise<Response>,
): Promise<Response> {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  session
    .download(async (client) => {
      resolve(await answer(client));
      await context.stream?.ended;
    })
    .catch(reject);
  return promise;
}

async function answerOf(
  input: DownloadInput,
  source: FileSource,
  { status, headers: given, bytes, length }: RemoteFile,
): Promise<Response> {
  const headers = new Headers();
  for (const name of PASSED_ON) {
    const value = given.get(name);
    if (value !== null) headers.set(name, value);
  }
  if (status === 416) {
    await bytes.cancel();
    const range = given.get("content-range");
    throw new GatewayProblem("RangeNotSatisfiable", "The file has no such part", {
      headers: range === null ? {} : { "Content-Range": range },
    });
  }
  const isStart = status === 200 || /^bytes 0-/.test(given.get("content-range") ?? "");
  const file = await sniffed(bytes);
  const type = contentTypeOf(source, isStart ? file.type : null, given.get("content-type"));
  headers.set("Content-Type", type);
  headers.set("Content-Disposition", contentDisposition(fileName(source, type)));
  if (length !== null) headers.set("Content-Length", String(length));
  if (input.request.method === "HEAD") {
    await file.bytes.cancel();
    return new Response(null, { status, headers });
  }
  if (length !== null && length <= WHOLE_BYTES)
    return new Response(await new Response(file.bytes).bytes(), { status, headers });
  return streamed(input, file.bytes, headers, status);
}

/** What the server says of the file that holds for the answer too. */
const PASSED_ON = ["accept-ranges", "content-range", "etag", "last-modified"] as const;

function streamed(
  { context, request }: DownloadInput,
  bytes: ReadableStream<Uint8Array>,
  headers: HeadersInit,
  status = 200,
): Response {
  if (request.method === "HEAD") {
    void bytes.cancel();
    return new Response(null, { status, headers });
  }
  context.stream = new AnswerStream(bytes);
  return new Response(context.stream.body, { status, headers });
}

/** One range of bytes, as a caller asks for it. Several at once would come as a file of another type. */
const RANGE = /^bytes=(?:\d{1,15}-\d{0,15}|-\d{1,15})$/;

function rangeOf({ headers }: Request): Record<string, string> {
  const range = headers.get("range")?.trim() ?? "";
  if (!RANGE.test(range)) return {};
  const condition = headers.get("if-range");
  return condition === null ? { Range: range } : { Range: range, "If-Range": condition };
}

const gone = ({ status }: FileMissing): UpstreamRefused =>
  new UpstreamRefused(
    "MediaNotFound",
    `There is no file at the URL, or not any more: its server answered ${status}`,
    { status, body: {} },
    "URLs of Instagram's files expire: read the post again for a new one.",
  );

/** Gives each name back, with a number if it was there already. */
function distinctNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    const [, base = name, ending = ""] = /^(.*?)(\.\w{1,5})?$/s.exec(name) ?? [];
    let one = name;
    for (let copy = 2; taken.has(one.toLowerCase()); copy++) one = `${base} (${copy})${ending}`;
    taken.add(one.toLowerCase());
    return one;
  };
}
