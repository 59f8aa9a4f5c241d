import { invalidParameter, json, Refusal, refuse } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { isWholeMp4 } from "./file-formats.ts";
import type { Exchange } from "./router.ts";
import { type Faults, mayNotPost } from "./upload-faults.ts";
import type { Upload, UploadedPhoto, UploadedVideo } from "./world/uploads.ts";

/* What a post, a story or a message is made of: uploads that are complete and that nothing was made of yet. */

/** A video with its cover. */
export interface CoveredVideo extends UploadedVideo {
  readonly cover: UploadedPhoto | undefined;
}

/** A file must be uploaded again, for a reason. Upstream this is no failure: it is answered with 200 and `ok`. */
export class NeedsReupload extends Refusal {
  constructor(uploadId: string, why: string) {
    super(200, {
      message: "media_needs_reupload",
      media: { upload_id: uploadId, device_timestamp: uploadId },
      error_title: `${why} extra:{}`,
      status: "ok",
    });
  }

  override toResponse(): Response {
    return json(JSON.stringify(this.body), this.status);
  }
}

/** An upload id in a field. Throws a Refusal (400). */
export function uploadIdIn(fields: Fields): string {
  const text = textField(fields, "upload_id") ?? "";
  if (!/^\d{1,20}$/.test(text)) throw invalidParameter("upload_id");
  return text;
}

/** The upload with an id. Throws a Refusal where there is none, or something was made of it before. */
export function uploadOf({ world, viewer }: Exchange, text: string): Upload {
  const upload = world.uploads.find(viewer, text);
  if (upload === undefined) throw new NeedsReupload(text, "staged_position_not_found");
  return upload;
}

/**
 * As uploadOf(), for the request that makes something: a fault may refuse it or forget the upload. Throws
 * a Refusal.
 */
export function ownUpload(exchange: Exchange, id: string, happens: Faults): Upload {
  if (happens("refuse")) throw mayNotPost();
  if (happens("reupload")) throw new NeedsReupload(id, "staged_position_not_found");
  return uploadOf(exchange, id);
}

/** The photo of an upload. Throws as uploadOf() does. */
export function photoOf({ id, photo, video }: Upload): UploadedPhoto {
  if (photo === undefined || video !== undefined) throw new NeedsReupload(id, "bad image input");
  return photo;
}

/**
 * The video of an upload, transcoded. Throws a Refusal: 202 while that takes time, 400 where it cannot
 * be done, and as uploadOf() does where the cover is missing that `needsCover`.
 */
export async function videoOf(
  { world }: Exchange,
  { id, photo, video }: Upload,
  { needsCover, happens }: { readonly needsCover: boolean; readonly happens: Faults },
): Promise<CoveredVideo> {
  if (video === undefined) throw new NeedsReupload(id, "staged_position_not_found");
  if (needsCover && photo === undefined) throw new NeedsReupload(id, "bad image input");
  if (video.readyAt > world.clock.now || happens("transcode_forever"))
    throw refuse(202, "Transcode not finished yet.");
  if (happens("transcode_error") || !(await isWholeMp4(video.file)))
    throw transcodeError("The file cannot be decoded");
  return { ...video, cover: photo };
}

/** 400: a video cannot be transcoded. */
export const transcodeError = (why: string): Refusal => refuse(400, `Transcode error: ${why}`);
