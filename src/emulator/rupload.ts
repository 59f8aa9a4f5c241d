import { invalidParameter, json, ok } from "./answer.ts";
import { textOf } from "./body.ts";
import { beginsAsMp4, jpegSize } from "./file-formats.ts";
import type { Exchange, Route } from "./router.ts";
import {
  badHeader,
  type RuploadParams,
  readRuploadParams,
  TransferRefusal,
  type UploadKind,
} from "./rupload-params.ts";
import type { StoredFile } from "./store/stored-file.ts";
import { ConnectionLost, faultsOf } from "./upload-faults.ts";
import { isUuid } from "./verify.ts";

/** Where the app uploads files, before a post is made of them. */
export const RUPLOAD: readonly Route[] = [
  {
    method: "POST",
    path: "/rupload_igphoto/{name}",
    body: "bytes",
    handle: (exchange) => receive(exchange, "photo"),
  },
  {
    method: "GET",
    path: "/rupload_igphoto/{name}",
    handle: (exchange) => offset(exchange, "photo"),
  },
  { method: "POST", path: "/rupload_igvideo/{name}", body: "bytes", handle: video },
  {
    method: "GET",
    path: "/rupload_igvideo/{name}",
    handle: (exchange) => offset(exchange, "video"),
  },
  { method: "POST", path: "/upload_settings/{id}", body: "bytes", handle: settings },
];

/** The largest file of a kind, in bytes. */
const LARGEST: Readonly<Record<UploadKind, number>> = { photo: 8 * 2 ** 20, video: 650 * 2 ** 20 };

/** A file that is on its way, and where its bytes go. */
interface Incoming {
  readonly name: string;
  readonly params: RuploadParams;
  readonly kind: UploadKind;
  /** Undefined where no byte of it has arrived. */
  readonly file: StoredFile | undefined;
  /** Where in `file` the first byte belongs: not 0 for a later segment. */
  readonly start: number;
  /** Name of the stream that this is a segment of. */
  readonly stream: string | undefined;
}

function incoming(exchange: Exchange, kind: UploadKind): Incoming {
  const { world, viewer } = exchange;
  const { headers } = exchange.request;
  const name = exchange.param("name");
  if (!/^[\w-]{1,200}$/.test(name)) throw badHeader("X-Entity-Name");
  const params = readRuploadParams(headers, kind);
  const start = numberIn(headers, "Segment-Start-Offset") ?? 0;
  const stream = headers.get("stream-id") ?? undefined;
  const about = { name, params, kind, start, stream };
  if (stream !== undefined) {
    const transfer = world.uploads.transfer(viewer, stream);
    if (transfer === undefined) throw badHeader("Stream-Id");
    return { ...about, file: transfer.file };
  }
  // Later segments of an app that has no streams go on where the first one ended.
  if (start > 0)
    return { ...about, file: world.uploads.find(viewer, params.uploadId)?.video?.file };
  return { ...about, file: world.uploads.transfer(viewer, name)?.file };
}

/** How much of a file has arrived. */
const arrivedOf = ({ file, start }: Incoming): number => Math.max(0, (file?.length ?? 0) - start);

function offset(exchange: Exchange, kind: UploadKind): Response {
  return json(JSON.stringify({ offset: arrivedOf(incoming(exchange, kind)) }));
}

/** Takes a whole video or a segment of it, or begins and ends the stream of segments. */
function video(exchange: Exchange): Response | Promise<Response> {
  const { world, viewer, query, request } = exchange;
  const phase = query.get("segmented") === "true" ? query.get("phase") : "transfer";
  switch (phase) {
    case "start":
      readRuploadParams(request.headers, "video");
      return ok({ stream_id: world.uploads.beginStream(viewer) });
    case "transfer":
      return receive(exchange, "video");
    case "end":
      return endStream(exchange);
    default:
      throw invalidParameter("phase");
  }
}

async function endStream(exchange: Exchange): Promise<Response> {
  const { world, viewer } = exchange;
  const stream = incoming(exchange, "video");
  if (stream.stream === undefined || stream.file === undefined) throw badHeader("Stream-Id");
  await putVideo(exchange, stream.params, stream.file);
  world.uploads.end(viewer, stream.stream);
  return uploaded(stream.params);
}

async function receive(exchange: Exchange, kind: UploadKind): Promise<Response> {
  const { world, viewer, request } = exchange;
  const { headers } = request;
  const coming = incoming(exchange, kind);
  const { name, params, start, stream } = coming;
  if (headers.get("x-entity-name") !== name) throw badHeader("X-Entity-Name");
  checkType(headers, kind);
  const total = numberIn(headers, "X-Entity-Length");
  const from = numberIn(headers, "Offset");
  if (total === undefined || total === 0) throw badHeader("X-Entity-Length");
  if (start + total > LARGEST[kind])
    throw new TransferRefusal(413, "FileTooLargeError", "The file is too large");
  if (from === undefined) throw badHeader("Offset");
  const isFirst = stream === undefined && start === 0 && from === 0;
  // Who begins anew does not know, or does not care, what has arrived.
  const file = isFirst ? world.uploads.begin(viewer, name).file : coming.file;
  if (file === undefined || file.length !== start + from || from > total) throw offsetInvalid();
  const { uploadId } = params;
  const about = `${kind} ${uploadId}`;
  const happens = faultsOf(exchange, { step: "transfer", uploadId, about });
  const breaksAt = from === 0 && happens("drop_chunk") ? start + Math.ceil(total / 2) : undefined;
  await append(request, file, { end: start + total, breaksAt });
  if (file.length < start + total) return incomplete();
  if (stream === undefined) await put(exchange, coming, file);
  if (happens("drop_upload_answer")) throw new ConnectionLost();
  return uploaded(params);
}

/** 206: there is more of the file to come. */
export const incomplete = (): Response =>
  new TransferRefusal(
    206,
    "PartialRequestError",
    "Partial request (did not match length of file)",
    true,
  ).toResponse();

/** Appends the body of a request. Throws a TransferRefusal where that is longer than the file. */
export async function append(
  request: Request,
  file: StoredFile,
  { end, breaksAt = Number.POSITIVE_INFINITY }: { end: number; breaksAt?: number | undefined },
): Promise<void> {
  let at = file.length;
  file.hold();
  try {
    for await (const bytes of request.body ?? []) {
      // Another request may have continued the file after this one's connection broke.
      if (file.length !== at) throw offsetInvalid();
      if (at + bytes.length > end) throw broken(file);
      const taken = bytes.subarray(0, breaksAt - at);
      at += taken.length;
      await file.append(taken);
      if (at >= breaksAt) throw new ConnectionLost();
    }
  } finally {
    file.release();
  }
}

/** Adds a complete file to its upload. Throws a TransferRefusal (400) where it is not of its kind. */
async function put(exchange: Exchange, { name, params, kind }: Incoming, file: StoredFile) {
  const { world, viewer } = exchange;
  if (kind === "video") await putVideo(exchange, params, file);
  else {
    const size = await jpegSize(file);
    if (size === undefined) throw broken(file);
    world.uploads.putPhoto(viewer, params.uploadId, { file, ...size });
  }
  world.uploads.end(viewer, name);
}

async function putVideo({ world, viewer }: Exchange, params: RuploadParams, file: StoredFile) {
  if (!(await beginsAsMp4(file))) throw broken(file);
  const { uploadId, width, height, durationMs } = params;
  world.uploads.putVideo(viewer, uploadId, { file, width, height, durationMs });
}

/** 412: what is sent does not begin where the last part ended. */
export const offsetInvalid = (): TransferRefusal =>
  new TransferRefusal(412, "OffsetInvalidError", "Request starting offset is invalid", true);

/** 400: a file is not what it is said to be. It is dropped. */
export function broken(file: StoredFile): TransferRefusal {
  file.drop();
  return new TransferRefusal(400, "ProcessingFailedError", "Request processing failed");
}

const uploaded = ({ uploadId }: RuploadParams): Response =>
  json(JSON.stringify({ upload_id: uploadId, xsharing_nonces: {}, status: "ok" }));

const ENTITY_TYPES: Readonly<Record<UploadKind, RegExp>> = {
  photo: /^image\/(?:jpeg|png|webp)$/,
  video: /^(?:video\/mp4|audio\/mp4)$/,
};

function checkType(headers: Headers, kind: UploadKind): void {
  if (!ENTITY_TYPES[kind].test(headers.get("x-entity-type") ?? ""))
    throw badHeader("X-Entity-Type");
}

/** A number of bytes; undefined where the header is missing. Throws a TransferRefusal (400). */
export function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,12}$/.test(text)) throw badHeader(name);
  return Number(text);
}

/** Longer settings do not come from the app. */
const LONGEST_SETTINGS = 65_536;

/** How the app is to prepare a video. It asks before it uploads a Reel. */
async function settings(exchange: Exchange): Promise<Response> {
  const { request } = exchange;
  if (!isUuid(exchange.param("id"))) throw badHeader("X-Entity-Name");
  if (!(request.headers.get("content-type") ?? "").startsWith("application/json"))
    throw badHeader("Content-Type");
  const text = await textOf(request);
  if (text.length > LONGEST_SETTINGS || !hasProperties(text))
    throw invalidParameter("upload_setting_properties");
  return ok({ media_id: 1, configs: {} });
}

function hasProperties(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "upload_setting_properties" in value;
  } catch {
    return false;
  }
}
