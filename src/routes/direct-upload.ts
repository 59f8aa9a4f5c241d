import { Type } from "@sinclair/typebox";
import { fileField } from "../http/file-field.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { DirectMessage } from "../instagram/models/direct-message.ts";
import {
  sendDirectPhoto,
  sendDirectVideo,
  sendDirectVideoFile,
  sendDirectVoice,
} from "../instagram/operations/direct-upload.ts";
import { photoLimits, videoLimits } from "../media/limits.ts";
import { InvalidInput } from "../problems/problem.ts";
import { recipients, recipientsOf } from "./direct-fields.ts";
import {
  PHOTO_BYTES,
  photoFile,
  photoOrVideoFile,
  requireAtMost,
  UPLOAD_ERRORS,
  VIDEO_BYTES,
  VOICE_BYTES,
  videoFile,
} from "./upload-fields.ts";

const { post } = operations("Direct");

const ERRORS = [
  ...UPLOAD_ERRORS,
  "DirectThreadNotFound",
  "UserNotFound",
  "DirectMessageRequestsDisabled",
] as const;

const CONFIRMED =
  "The answer has what Instagram confirms of the message: its id, thread and time. GET /direct/message has the rest.";
const IN_A_THREAD =
  "Users are written to in the thread that they have with the account already: there must be one.";

const PHOTO = { ...photoLimits.message, field: "file" };
const VIDEO = { ...videoLimits.message, field: "file", coverField: null };

/** `/direct/photo`, `/direct/video`, `/direct/voice`, `/direct/file`: files sent to users or threads. */
export const directUploadRoutes = ({ media }: UploadDependencies): readonly Operation[] => [
  post(
    "/direct/photo",
    {
      operationId: "postDirectPhoto",
      summary: "Send a photo to users or threads",
      description: CONFIRMED,
      access: withSession("write"),
      guarded: true,
      uploads: "message",
      body: { file: photoFile(), ...recipients },
      returns: DirectMessage.schema,
      errors: [...ERRORS, "PhotoNotUpload"],
    },
    async ({ body, files, session }) => {
      const to = recipientsOf(body);
      return session.upload(sendDirectPhoto, await media.photo(files, body.file, PHOTO), to);
    },
  ),
  post(
    "/direct/video",
    {
      operationId: "postDirectVideo",
      summary: "Send a video to users or threads",
      description: `${CONFIRMED} ${IN_A_THREAD}`,
      access: withSession("write"),
      guarded: true,
      uploads: "message",
      body: { file: videoFile(), ...recipients },
      returns: DirectMessage.schema,
      errors: ERRORS,
    },
    async ({ body, files, session }) => {
      const to = recipientsOf(body);
      return session.upload(sendDirectVideo, await media.video(files, body.file, VIDEO), to);
    },
  ),
  post(
    "/direct/voice",
    {
      operationId: "postDirectVoice",
      summary: "Send a voice message to users or threads",
      description: `${CONFIRMED} ${IN_A_THREAD}`,
      access: withSession("write"),
      guarded: true,
      uploads: "message",
      body: {
        file: fileField({
          description: "The voice message: AAC in an MP4 container (.m4a), 25 MB at the most.",
          maxBytes: VOICE_BYTES,
        }),
        ...recipients,
        waveform: Type.Optional(
          Type.Array(Type.Number(), {
            description:
              "How loud the message is, 0 to 1, ten values for each second. Made up where it is left out.",
          }),
        ),
      },
      returns: DirectMessage.schema,
      errors: ERRORS,
    },
    async ({ body, session }) => {
      const to = recipientsOf(body);
      const audio = await media.audio(body.file, "file");
      const waveform = body.waveform?.length ? body.waveform : null;
      return session.upload(sendDirectVoice, audio, waveform, to);
    },
  ),
  post(
    "/direct/file",
    {
      operationId: "postDirectFile",
      summary: "Send a photo or a video to users or threads",
      description: `${CONFIRMED} Unlike POST /direct/video it needs no thread with the users.`,
      access: withSession("write"),
      guarded: true,
      uploads: "message",
      body: {
        file: photoOrVideoFile("The file", VIDEO_BYTES),
        ...recipients,
        content_type: Type.Optional(
          Type.String({ default: "photo", description: "What the file is: photo or video." }),
        ),
      },
      returns: DirectMessage.schema,
      errors: [...ERRORS, "PhotoNotUpload", "VideoNotUpload"],
    },
    async ({ body, files, session }) => {
      const to = recipientsOf(body);
      if (isVideo(body.content_type))
        return session.upload(sendDirectVideoFile, await media.video(files, body.file, VIDEO), to);
      requireAtMost(body.file, PHOTO_BYTES);
      return session.upload(sendDirectPhoto, await media.photo(files, body.file, PHOTO), to);
    },
  ),
];

/** Throws InvalidInput. */
function isVideo(contentType = "photo"): boolean {
  if (contentType !== "photo" && contentType !== "video")
    throw new InvalidInput("content_type", "must be photo or video");
  return contentType === "video";
}
