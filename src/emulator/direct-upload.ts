import { digits, json } from "./answer.ts";
import { beginsAsMp4, jpegSize } from "./file-formats.ts";
import type { Exchange, Route } from "./router.ts";
import { append, broken, incomplete, numberIn, offsetInvalid } from "./rupload.ts";
import { badHeader, TransferRefusal } from "./rupload-params.ts";
import type { StoredFile } from "./store/stored-file.ts";
import { ConnectionLost, faultsOf } from "./upload-faults.ts";
import { checkUserAgent } from "./verify.ts";

/** What can be attached to a message. */
export type AttachmentKind = "image" | "video" | "audio";

/** What the service takes of each kind. */
const KINDS: Readonly<
  Record<AttachmentKind, { readonly types: RegExp; readonly largest: number }>
> = {
  image: { types: /^image\/(?:jpeg|png|webp)$/, largest: 8 * 2 ** 20 },
  video: { types: /^video\/mp4$/, largest: 650 * 2 ** 20 },
  audio: { types: /^audio\/mp4$/, largest: 100 * 2 ** 20 },
};

/** Where the app uploads what is attached to messages: a service of its own, with headers of its own. */
export const DIRECT_UPLOAD: readonly Route[] = (["image", "video", "audio"] as const).flatMap(
  (kind) => {
    const route = { path: `/messenger_${kind}/{name}`, service: "rupload" } as const;
    return [
      { method: "GET", ...route, handle: (exchange: Exchange) => offset(exchange, kind) },
      {
        method: "POST",
        ...route,
        body: "bytes",
        handle: (exchange: Exchange) => receive(exchange, kind),
      },
    ] satisfies Route[];
  },
);

/** The id of an attachment among the uploads of an account. */
export const attachmentKey = (kind: AttachmentKind, id: string): string => `${kind} ${id}`;

/** The name of a transfer. Throws a Refusal (400) for a request that is not the app's. */
function transferName(exchange: Exchange, kind: AttachmentKind): string {
  const { headers } = exchange.request;
  checkUserAgent(headers.get("user-agent") ?? "", "session");
  if (!headers.has("ig-intended-user-id")) throw badHeader("ig-intended-user-id");
  if (headers.get(`${kind}_type`) !== "FILE_ATTACHMENT") throw badHeader(`${kind}_type`);
  if (kind === "video" && !headers.has("x_fb_video_waterfall_id"))
    throw badHeader("x_fb_video_waterfall_id");
  const name = exchange.param("name");
  if (!/^[\w-]{1,200}$/.test(name)) throw badHeader("x-entity-name");
  return `messenger_${kind}/${name}`;
}

function offset(exchange: Exchange, kind: AttachmentKind): Response {
  const transfer = exchange.world.uploads.transfer(exchange.viewer, transferName(exchange, kind));
  return json(JSON.stringify({ offset: transfer?.file.length ?? 0, status: "ok" }));
}

async function receive(exchange: Exchange, kind: AttachmentKind): Promise<Response> {
  const { world, viewer, request } = exchange;
  const { headers } = request;
  const name = transferName(exchange, kind);
  if (headers.get("x-entity-name") !== exchange.param("name")) throw badHeader("x-entity-name");
  const { types, largest } = KINDS[kind];
  if (!types.test(headers.get("x-entity-type") ?? "")) throw badHeader("x-entity-type");
  const total = numberIn(headers, "x-entity-length");
  const from = numberIn(headers, "offset");
  if (total === undefined || total === 0) throw badHeader("x-entity-length");
  if (total > largest) throw new TransferRefusal(413, "FileTooLargeError", "The file is too large");
  if (from === undefined) throw badHeader("offset");
  const transfer =
    (from === 0 ? undefined : world.uploads.transfer(viewer, name)) ??
    world.uploads.begin(viewer, name);
  const { file } = transfer;
  if (file.length !== from || from > total) throw offsetInvalid();
  const happens = faultsOf(exchange, { step: "transfer", uploadId: name });
  const breaksAt = from === 0 && happens("drop_chunk") ? Math.ceil(total / 2) : undefined;
  await append(request, file, { end: total, breaksAt });
  if (file.length < total) return incomplete();
  // Who did not get the answer asks again, with nothing left to send.
  const id = world.uploads.attachmentId(transfer);
  await put(exchange, attachmentKey(kind, String(id)), kind, file);
  world.uploads.end(viewer, name);
  if (happens("drop_upload_answer")) throw new ConnectionLost();
  return json(JSON.stringify({ media_id: digits(id), status: "ok" }));
}

/** Adds a complete file to the uploads. Throws a TransferRefusal (400) where it is not of its kind. */
async function put(
  { world, viewer }: Exchange,
  key: string,
  kind: AttachmentKind,
  file: StoredFile,
): Promise<void> {
  if (kind === "image") {
    const size = await jpegSize(file);
    if (size === undefined) throw broken(file);
    world.uploads.putPhoto(viewer, key, { file, ...size });
  } else {
    if (!(await beginsAsMp4(file))) throw broken(file);
    // How large and how long it is, the message says, or the file itself.
    world.uploads.putVideo(viewer, key, { file, width: 0, height: 0, durationMs: 0 });
  }
}
