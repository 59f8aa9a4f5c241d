import { type Static, type TString, Type } from "@sinclair/typebox";
import type { SavedFile } from "../files/saved-file.ts";
import type { ProblemType } from "../http/problems.ts";
import { type InputByAccess, withSession } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { Media } from "../instagram/models/media.ts";
import type { NewPost } from "../instagram/upload/post-fields.ts";
import { notBlank } from "./parameters.ts";
import { location, locationOf, usertags, usertagsOf } from "./tagging.ts";
import { UPLOAD_ERRORS } from "./upload-fields.ts";

/* What uploads of posts share: fields, the rules of their files, errors. */

/** What every route that uploads a post declares. */
export const postUpload = {
  access: withSession("write"),
  guarded: true,
  uploads: "media",
  returns: Media.schema,
} as const;

/** Fields of every new post. */
export const postFields = {
  caption: Type.String({
    description: "The caption; empty for none.",
    examples: ["Back home #travel"],
  }),
  usertags,
  location,
};

interface GivenPost {
  caption: string;
  usertags?: Static<typeof usertags>;
  location?: Static<typeof location>;
}

/** What a caller gave in postFields. */
export const newPostOf = (given: GivenPost): NewPost => ({
  // Forms of browsers end lines with CR LF.
  caption: given.caption.replaceAll("\r\n", "\n"),
  usertags: usertagsOf(given.usertags),
  location: locationOf(given.location),
});

/** Where a file is fetched from. */
export const fileUrl = (example: string): TString =>
  Type.String({
    minLength: 1,
    description: "http or https URL of the file, on a public host.",
    examples: [example],
  });

/** A video that the sandbox has. */
export const SANDBOX_VIDEO = "https://scontent.cdninstagram.com/o1/v/t16/sample_720x1280.mp4";

/** Errors of every new post, and those of posts with a video. */
export const photoErrors = [
  ...UPLOAD_ERRORS,
  "PhotoNotUpload",
  "AspectRatioNotAllowed",
  "MediaNeedsReupload",
  "LocationNotFound",
] as const satisfies ProblemType[];
export const videoErrors = [
  ...photoErrors,
  "VideoTooLongException",
  "TranscodeError",
] as const satisfies ProblemType[];

/** What every upload says of retries. */
export const RETRIES =
  "Under an Idempotency-Key a retry finds the post if it was made, and makes it otherwise.";

/** What a handler of an upload has. */
type UploadInput = Pick<InputByAccess["session"], "session" | "files">;

/** The file at a caller's URL. Throws as UploadDependencies.fetchFile(), and InvalidInput. */
export const fetched = (
  { fetchFile }: UploadDependencies,
  { session, files }: UploadInput,
  url: string,
  maxBytes: number,
): Promise<SavedFile> =>
  fetchFile(session, files, notBlank(url, "url"), { field: "url", maxBytes });
