import { type Static, Type } from "@sinclair/typebox";
import type { SavedFile } from "../files/saved-file.ts";
import { type InputByAccess, type Operation, operations, withSession } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { Story } from "../instagram/models/story.ts";
import {
  type UploadedStory,
  uploadStoryPhoto,
  uploadStoryVideo,
} from "../instagram/operations/story-upload.ts";
import { photoLimits, videoLimits } from "../media/limits.ts";
import { fetched, fileUrl, videoErrors } from "./new-post.ts";
import { decorationFields, decorationOf } from "./story-fields.ts";
import {
  PHOTO_BYTES,
  photoOrVideoFile,
  requireAtMost,
  STORY_VIDEO_BYTES,
} from "./upload-fields.ts";

const { post } = operations("Story");

const fields = {
  as_video: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        "Whether a photo is shown as a video of 15 seconds; for that this service needs ffmpeg. A video is one already.",
    }),
  ),
  caption: Type.Optional(
    Type.String({
      default: "",
      description: "Caption of a photo; empty for none. The app sends none with a video.",
    }),
  ),
  ...decorationFields,
};

const DESCRIPTION =
  "What lies on top of it is not drawn into the picture: it is what viewers can tap. Under an Idempotency-Key a retry finds the story if it was made, and makes it otherwise.";

const errors = [
  ...videoErrors,
  "VideoNotUpload",
  "PhotoConfigureStoryError",
  "VideoConfigureStoryError",
] as const;

/** `/story/upload`: photos and videos that are shown as stories. */
export const storyUploadRoutes = (uploads: UploadDependencies): readonly Operation[] => [
  post(
    "/story/upload",
    {
      operationId: "postStoryUpload",
      summary: "Show a photo or video as a story",
      description: DESCRIPTION,
      access: withSession("write"),
      guarded: true,
      uploads: "story",
      body: {
        file: photoOrVideoFile("What is shown", STORY_VIDEO_BYTES),
        ...fields,
      },
      returns: Story.schema,
      errors,
    },
    ({ body, session, files }) =>
      uploaded(uploads, { session, files }, body, "file", async () => body.file),
  ),
  post(
    "/story/upload/by/url",
    {
      operationId: "postStoryUploadByUrl",
      summary: "Show a photo or video from a URL as a story",
      description: `The file is fetched, and shown as by POST /story/upload. ${DESCRIPTION}`,
      access: withSession("write"),
      guarded: true,
      uploads: "story",
      body: {
        url: fileUrl("https://scontent.cdninstagram.com/v/t51.2885-15/example_1080x1920.jpg"),
        ...fields,
      },
      returns: Story.schema,
      errors: [...errors, "UrlNotAllowed", "UrlUnreachable"],
    },
    ({ body, session, files }) =>
      uploaded(uploads, { session, files }, body, "url", () =>
        fetched(uploads, { session, files }, body.url, STORY_VIDEO_BYTES),
      ),
  ),
];

type UploadInput = Pick<InputByAccess["session"], "session" | "files">;

type Given = { [Name in keyof typeof fields]?: Static<(typeof fields)[Name]> };

/** Fetches nothing before all other fields are known to be right. `field` is the file's. */
async function uploaded(
  { media }: UploadDependencies,
  { session, files }: UploadInput,
  given: Given,
  field: string,
  fileOf: () => Promise<SavedFile>,
): Promise<UploadedStory> {
  const story = {
    caption: (given.caption ?? "").replaceAll("\r\n", "\n"),
    decoration: decorationOf(given),
  };
  const file = await fileOf();
  if ((await media.kindOf(file, field)) === "video") {
    const rules = { ...videoLimits.story, field, coverField: null };
    return session.upload(uploadStoryVideo, await media.video(files, file, rules), story);
  }
  requireAtMost(file, PHOTO_BYTES);
  const rules = { ...photoLimits.story, field };
  return given.as_video
    ? session.upload(uploadStoryVideo, await media.photoAsVideo(files, file, rules), story)
    : session.upload(uploadStoryPhoto, await media.photo(files, file, rules), story);
}
