import { json, Refusal } from "./answer.ts";

/** What is uploaded: rupload_igphoto or rupload_igvideo. */
export type UploadKind = "photo" | "video";

/** What the header `X-Instagram-Rupload-Params` says of a file. */
export interface RuploadParams {
  readonly uploadId: string;
  /** Of a video in pixels, 0 for voice messages and photos. */
  readonly width: number;
  readonly height: number;
  /** 0 for photos. */
  readonly durationMs: number;
}

/** A refusal of the upload service: it has another shape than those of the API. */
export class TransferRefusal extends Refusal {
  constructor(status: number, type: string, message: string, retriable = false) {
    super(status, { debug_info: { retriable, type, message } });
  }

  override toResponse(): Response {
    return json(JSON.stringify(this.body), this.status);
  }
}

/** 400: a header is missing or has a wrong form. */
export const badHeader = (name: string): TransferRefusal =>
  new TransferRefusal(400, "ParametersInvalidError", `Missing or invalid header: ${name}`);

const HEADER = "X-Instagram-Rupload-Params";

/** Longer ones do not come from the app. */
const LONGEST = 8_192;

/** Members that hold JSON text. */
const JSON_MEMBERS: Readonly<Record<UploadKind, readonly string[]>> = {
  photo: ["retry_context", "xsharing_user_ids", "image_compression"],
  video: ["retry_context", "xsharing_user_ids"],
};

/** The values of `media_type`: a voice message is a kind of video. */
const MEDIA_TYPES: Readonly<Record<UploadKind, readonly string[]>> = {
  photo: ["1", "2"],
  video: ["2", "11"],
};

/** Reads the header. Throws a TransferRefusal (400) where a member is missing or has a wrong form. */
export function readRuploadParams(headers: Headers, kind: UploadKind): RuploadParams {
  const params = membersOf(headers.get(HEADER) ?? "");
  const { upload_id: uploadId = "" } = params;
  if (!/^\d{1,20}$/.test(uploadId)) throw badMember("upload_id");
  if (!MEDIA_TYPES[kind].includes(params.media_type ?? "")) throw badMember("media_type");
  for (const name of JSON_MEMBERS[kind])
    if (parsed(params[name] ?? "") === undefined) throw badMember(name);
  const number = (name: string) => numberOf(params[name], name);
  if (kind === "photo") return { uploadId, width: 0, height: 0, durationMs: 0 };
  const durationMs = number("upload_media_duration_ms");
  return params.media_type === "11"
    ? { uploadId, width: 0, height: 0, durationMs }
    : {
        uploadId,
        width: number("upload_media_width"),
        height: number("upload_media_height"),
        durationMs,
      };
}

/** The members of a JSON object, all of which must be texts. */
function membersOf(text: string): Readonly<Record<string, string | undefined>> {
  const value = text.length > LONGEST ? undefined : parsed(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badHeader(HEADER);
  for (const [name, member] of Object.entries(value))
    if (typeof member !== "string") throw badMember(name);
  return value as Readonly<Record<string, string>>;
}

function numberOf(text: string | undefined, name: string): number {
  if (text === undefined || !/^\d{1,9}$/.test(text) || Number(text) === 0) throw badMember(name);
  return Number(text);
}

/** The value of JSON text; undefined for other text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const badMember = (name: string): TransferRefusal => badHeader(`${HEADER} (${name})`);
