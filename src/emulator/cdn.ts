import { notFoundPage } from "./answer.ts";
import type { Exchange, Route } from "./router.ts";
import { jpeg, mp4 } from "./seed/files.ts";
import { SAMPLE_VIDEO, sampleVideo } from "./seed/sample-video.ts";
import { uploadedKey } from "./seed/user-shape.ts";

/** Pictures and videos. Paths of videos have different lengths. */
export const CDN: readonly Route[] = [
  "/v/{type}/{name}",
  "/o1/v/{kind}/{name}",
  "/o1/v/{kind}/{a}/{b}/{name}",
].flatMap((path) => [file("GET", path), file("HEAD", path)]);

function file(method: "GET" | "HEAD", path: string): Route {
  return { method, path, service: "cdn", access: "open", handle: answerFile };
}

/** A file that the CDN has. */
interface CdnFile {
  readonly length: number;
  readonly type: string;
  /** Unix milliseconds. */
  readonly changedAt: number;
  /** The bytes from `start` to before `end`. */
  body(start: number, end: number): BodyInit;
}

/** Answers a file, or the part of it that `Range` asks for. */
function answerFile(exchange: Exchange): Response {
  const found = fileOf(exchange, exchange.param("name"));
  if (found === undefined) return notFoundPage();
  const { headers, method } = exchange.request;
  const lastModified = new Date(found.changedAt).toUTCString();
  const etag = `"${Bun.hash(`${exchange.param("name")} ${found.length}`).toString(16)}"`;
  const about = {
    "Content-Type": found.type,
    "Cache-Control": "max-age=1209600, no-transform",
    "Last-Modified": lastModified,
    ETag: etag,
    "Accept-Ranges": "bytes",
  };
  if (headers.get("if-none-match") === etag)
    return new Response(null, { status: 304, headers: about });
  const condition = headers.get("if-range");
  const isSame = condition === null || condition === etag || condition === lastModified;
  const range = rangeOf(isSame ? headers.get("range") : null, found.length);
  if (range === "unsatisfiable")
    return new Response(null, {
      status: 416,
      headers: { ...about, "Content-Length": "0", "Content-Range": `bytes */${found.length}` },
    });
  const [start, end] = range ?? [0, found.length];
  const part = range === undefined ? {} : partOf(start, end, found.length);
  return new Response(method === "HEAD" ? null : found.body(start, end), {
    status: range === undefined ? 200 : 206,
    headers: { ...about, ...part, "Content-Length": String(end - start) },
  });
}

const partOf = (start: number, end: number, length: number): Record<string, string> => ({
  "Content-Range": `bytes ${start}-${end - 1}/${length}`,
});

/**
 * The start and the end of the range in a `Range` header; undefined for the whole file, also where the
 * header is not understood or asks for several ranges.
 */
function rangeOf(
  header: string | null,
  length: number,
): readonly [start: number, end: number] | "unsatisfiable" | undefined {
  const [, from = "", to = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  if (from === "") return to === "0" ? "unsatisfiable" : [Math.max(0, length - Number(to)), length];
  const start = Number(from);
  const end = to === "" ? length : Math.min(Number(to) + 1, length);
  if (to !== "" && Number(to) < start) return undefined;
  return start >= length ? "unsatisfiable" : [start, end];
}

/** The file with that name; undefined where there is none, or where it was uploaded and is gone. */
function fileOf(exchange: Exchange, name: string): CdnFile | undefined {
  const type = typeOf(name);
  const key = uploadedKey(name);
  if (type === undefined) return undefined;
  return key === undefined ? madeUpFile(name, type) : uploadedFile(exchange, key, type);
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["jpg", "image/jpeg"],
  ["mp4", "video/mp4"],
]);

const typeOf = (name: string): string | undefined => TYPES.get(name.slice(-3));

/** Files of all worlds are found: who knows the name of a file may see it, as on the real CDN. */
function uploadedFile({ world }: Exchange, key: string, type: string): CdnFile | undefined {
  const stored = world.files.store.find(key);
  return (
    stored && {
      type,
      length: stored.length,
      changedAt: stored.madeAt,
      body: (start, end) => stored.body(start, end),
    }
  );
}

/** Largest width and height, whatever the name says: a picture of 16 KB. */
const LARGEST = 2_048;

/** Before every post. */
const MADE_UP_AT = Date.UTC(2025, 10, 1);

/** Makes a file by its name: `<anything>_<width>x<height>…`. */
function madeUpFile(name: string, type: string): CdnFile {
  const [, ...sizes] = /_(\d{1,4})x(\d{1,4})/.exec(name) ?? ["", "640", "640"];
  const [width = 0, height = 0] = sizes.map((size) => Math.min(Number(size), LARGEST));
  const video = name === SAMPLE_VIDEO ? sampleVideo : mp4;
  const bytes = type === "image/jpeg" ? jpeg(width, height) : video(width, height);
  return {
    type,
    length: bytes.length,
    changedAt: MADE_UP_AT,
    body: (start, end) => bytes.subarray(start, end),
  };
}
