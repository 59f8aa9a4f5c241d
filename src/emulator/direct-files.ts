import { invalidParameter, refuse } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { checkExtra, checkLength } from "./configure.ts";
import { acknowledged, broadcastRoute, type Content, send, sentBefore } from "./direct-send.ts";
import { type AttachmentKind, attachmentKey } from "./direct-upload.ts";
import { isWholeMp4, jpegSize, mp4Duration } from "./file-formats.ts";
import type { Exchange, Route } from "./router.ts";
import type { MadeItem } from "./seed/made.ts";
import type { StoredFile } from "./store/stored-file.ts";
import { viewModeIn } from "./story-upload.ts";
import { afterwards, type Faults, faultsOf, mayNotPost } from "./upload-faults.ts";
import {
  NeedsReupload,
  ownUpload,
  photoOf,
  transcodeError,
  uploadIdIn,
  videoOf,
} from "./uploaded.ts";
import type { Upload } from "./world/uploads.ts";

/** What a message holds, and the upload that it is made of. */
interface FileContent {
  readonly content: Content;
  readonly upload: Upload;
}

/** One kind of message with a file; `read` reads what it holds from the fields and the upload. */
const fileRoute = (
  name: string,
  requiredFields: readonly string[],
  read: (exchange: Exchange, happens: Faults) => FileContent | Promise<FileContent>,
): Route => ({
  ...broadcastRoute(name, requiredFields),
  handle: async (exchange) => {
    const { world, viewer, fields } = exchange;
    const context = textField(fields, "client_context") ?? "";
    const known = sentBefore(exchange);
    if (known !== undefined) return acknowledged(known, context);
    const uploadId = textField(fields, "attachment_fbid") ?? textField(fields, "upload_id") ?? "";
    const happens = faultsOf(exchange, { step: "configure", uploadId });
    const { content, upload } = await read(exchange, happens);
    const answer = send(exchange, content);
    world.uploads.take(viewer, upload);
    return afterwards(answer, happens);
  },
});

/** Messages with a photo, a video or a voice: uploaded for messages, or as older apps do, as for a post. */
export const DIRECT_FILES: readonly Route[] = [
  fileRoute("photo_attachment", ["attachment_fbid", "action"], (exchange, happens) => {
    const upload = attachmentOf(exchange, "image", happens);
    return { upload, content: photo(upload) };
  }),
  fileRoute("raven_attachment", ["attachment_fbid", "view_mode"], async (exchange, happens) => {
    const { fields, query } = exchange;
    if (textField(fields, "configure_mode") !== "2") throw invalidParameter("configure_mode");
    checkExtra(fields.extra);
    const isVideo = query.get("video") === "1";
    const upload = attachmentOf(exchange, isVideo ? "video" : "image", happens);
    const item = isVideo ? await attachedVideo(fields, upload) : photoItem(upload);
    const viewMode = viewModeIn(fields);
    return { upload, content: { kind: "raven_new", sent: { item, viewMode } } };
  }),
  fileRoute("voice_attachment", ["attachment_fbid", "action"], async (exchange, happens) => {
    const upload = attachmentOf(exchange, "audio", happens);
    return { upload, content: await voice(exchange.fields, upload.video?.file) };
  }),
  fileRoute("configure_photo", ["upload_id", "action"], (exchange, happens) => {
    const upload = ownUpload(exchange, uploadIdIn(exchange.fields), happens);
    return { upload, content: photo(upload) };
  }),
  fileRoute("configure_video", ["upload_id", "action"], async (exchange, happens) => {
    const upload = ownUpload(exchange, uploadIdIn(exchange.fields), happens);
    const { file, width, height, durationMs, cover } = await videoOf(exchange, upload, {
      needsCover: false,
      happens,
    });
    if (width === 0) throw transcodeError("The file has no video");
    const video = { key: file.key, durationMs };
    const item: MadeItem = { picture: cover?.file.key, width, height, video };
    return { upload, content: { kind: "video", sent: { item, viewMode: "permanent" } } };
  }),
  fileRoute("share_voice", ["upload_id", "action"], async (exchange, happens) => {
    const upload = ownUpload(exchange, uploadIdIn(exchange.fields), happens);
    const { file } = await videoOf(exchange, upload, { needsCover: false, happens });
    return { upload, content: await voice(exchange.fields, file) };
  }),
  { ...broadcastRoute("upload_photo", []), body: "multipart", handle: uploadPhoto },
];

/** Older apps send a photo in the very request that makes the message. */
async function uploadPhoto(exchange: Exchange): Promise<Response> {
  const { world, fields } = exchange;
  const known = sentBefore(exchange);
  if (known !== undefined) return acknowledged(known, textField(fields, "client_context") ?? "");
  if (!(fields.photo instanceof Uint8Array)) throw invalidParameter("photo");
  const file = await world.files.save(fields.photo);
  try {
    const size = await jpegSize(file);
    if (size === undefined) throw refuse(400, "Uploaded image is not valid");
    const item = { picture: file.key, ...size };
    return send(exchange, { kind: "photo", sent: { item, viewMode: "permanent" } });
  } catch (error) {
    file.drop();
    throw error;
  }
}

/** The attachment in `attachment_fbid`. Throws a Refusal (400) where the viewer has none of that kind. */
function attachmentOf(exchange: Exchange, kind: AttachmentKind, happens: Faults): Upload {
  const { world, viewer, fields } = exchange;
  const id = textField(fields, "attachment_fbid") ?? "";
  if (!/^\d{1,19}$/.test(id)) throw invalidParameter("attachment_fbid");
  if (happens("refuse")) throw mayNotPost();
  if (happens("reupload")) throw new NeedsReupload(id, "staged_position_not_found");
  const upload = world.uploads.find(viewer, attachmentKey(kind, id));
  if (upload === undefined) throw refuse(400, "The attachment does not exist.");
  return upload;
}

function photoItem(upload: Upload): MadeItem {
  const { file, width, height } = photoOf(upload);
  return { picture: file.key, width, height };
}

const photo = (upload: Upload): Content => ({
  kind: "photo",
  sent: { item: photoItem(upload), viewMode: "permanent" },
});

/** The app says how large and how long the video is. Throws a Refusal (400). */
async function attachedVideo(fields: Fields, { video }: Upload): Promise<MadeItem> {
  checkLength(fields);
  const { source_width: width, source_height: height } = fields.extra as Record<string, number>;
  if (video === undefined || !(await isWholeMp4(video.file)))
    throw transcodeError("The file cannot be decoded");
  const durationMs = Math.round(Number(fields.length) * 1_000);
  return {
    width: width ?? 0,
    height: height ?? 0,
    video: { key: video.file.key, durationMs },
  };
}

/** Most values of a waveform. */
const LONGEST_WAVEFORM = 5_000;

async function voice(fields: Fields, file: StoredFile | undefined): Promise<Content> {
  const waveform = waveformIn(fields);
  const hz = textField(fields, "waveform_sampling_frequency_hz") ?? "";
  if (!/^[1-9]\d{0,4}$/.test(hz)) throw invalidParameter("waveform_sampling_frequency_hz");
  const durationMs = file && (await mp4Duration(file));
  if (file === undefined || durationMs === undefined)
    throw transcodeError("The file cannot be decoded");
  const item: MadeItem = { width: 0, height: 0, video: { key: file.key, durationMs } };
  return {
    kind: "voice_media",
    sent: { item, waveform, waveformHz: Number(hz), viewMode: "permanent" },
  };
}

/** How loud a voice message is, in shares from 0 to 1. Throws a Refusal (400). */
function waveformIn(fields: Fields): readonly number[] {
  const list = parsed(textField(fields, "waveform") ?? "");
  const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
  if (!Array.isArray(list) || list.length === 0 || list.length > LONGEST_WAVEFORM)
    throw invalidParameter("waveform");
  if (!list.every(isShare)) throw invalidParameter("waveform");
  return list;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
