import type { SavedFile } from "../files/saved-file.ts";
import { fileField, optionalFileField } from "../http/file-field.ts";
import { GatewayProblem } from "../problems/gateway.ts";

/* What the routes of uploads share: form fields with files, and how large these may be. */

const MB = 1024 * 1024;

export const PHOTO_BYTES = 8 * MB;
export const STORY_VIDEO_BYTES = 100 * MB;
export const VIDEO_BYTES = 650 * MB;
export const VOICE_BYTES = 25 * MB;

export const PHOTO_TYPES = "JPEG, PNG, WebP, AVIF or HEIC";
export const VIDEO_TYPES = "MP4 or MOV with H.264 or HEVC";

export const photoFile = (what = "The photo") =>
  fileField({ description: `${what}: ${PHOTO_TYPES}, 8 MB at the most.`, maxBytes: PHOTO_BYTES });

export const videoFile = (what = "The video") =>
  fileField({ description: `${what}: ${VIDEO_TYPES}, 650 MB at the most.`, maxBytes: VIDEO_BYTES });

/** A photo or a video, told apart by their content. */
export const photoOrVideoFile = (what: string, videoMaxBytes: number) =>
  fileField({
    description: `${what}: a photo (${PHOTO_TYPES}, 8 MB at the most) or a video (${VIDEO_TYPES}, ${videoMaxBytes / MB} MB at the most).`,
    maxBytes: videoMaxBytes,
  });

/** The picture that a video is shown with. */
export const thumbnail = optionalFileField({
  description: `The picture that the video is shown with: ${PHOTO_TYPES}, 8 MB at the most. Without it one is taken from the video, where this service has ffmpeg.`,
  maxBytes: PHOTO_BYTES,
});

/** Throws PayloadTooLarge for a larger file, where only its content tells which limit it has. */
export function requireAtMost({ length }: SavedFile, maxBytes: number): void {
  if (length > maxBytes)
    throw new GatewayProblem("PayloadTooLarge", `A photo may have ${maxBytes / MB} MB at the most`);
}

/** Errors of every upload, besides those of the operation. */
export const UPLOAD_ERRORS = ["UnsupportedMedia", "PayloadTooLarge", "UploadsFull"] as const;
