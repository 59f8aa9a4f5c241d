import { Type } from "@sinclair/typebox";
import type { Downloads } from "../http/downloads.ts";
import { FileReference } from "../http/file-reference.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { getStory } from "../instagram/operations/story.ts";
import { parseStoryRef } from "../instagram/story-links.ts";
import {
  FILE_ERRORS,
  filename,
  fileUrl,
  folder,
  PHOTO_TYPES,
  returnFile,
  VIDEO_TYPES,
  VIDEO_URL,
} from "./download-fields.ts";
import { notBlank } from "./parameters.ts";

const { get } = operations("Story");

const VIDEO = 2;

/** `/story/download`: the photo or video of a story. */
export const storyDownloadRoutes = (downloads: Downloads): Operation[] => [
  get(
    "/story/download",
    {
      operationId: "getStoryDownload",
      summary: "Download a story by its pk",
      description:
        "Finds only stories that have not ended; an id without its owner costs one more request.",
      access: withSession("read"),
      query: {
        story_pk: Type.String({
          minLength: 1,
          description: "Story pk, or its media id <pk>_<owner pk>, or a link to it.",
          examples: ["3513075028443486808"],
        }),
        filename,
        folder,
        returnFile,
      },
      returns: FileReference,
      fileTypes: [...PHOTO_TYPES, ...VIDEO_TYPES],
      errors: [
        ...FILE_ERRORS,
        "StoryNotFound",
        "MediaUnavailable",
        "UserNotFound",
        "PrivateAccount",
      ],
    },
    async ({ query, ...input }) => {
      const story = await input.session.read(getStory, parseStoryRef(query.story_pk));
      const isVideo = story.media_type === VIDEO;
      return downloads.file(
        input,
        {
          url: (isVideo ? story.video_url : story.thumbnail_url) ?? "",
          name: query.filename ?? "",
          kind: isVideo ? "video" : "photo",
        },
        { returnFile: query.returnFile ?? true, hosts: "public" },
      );
    },
  ),
  get(
    "/story/download/by/url",
    {
      operationId: "getStoryDownloadByUrl",
      summary: "Download a story by the URL of its file",
      access: withSession("read"),
      query: { url: fileUrl(VIDEO_URL), filename, folder, returnFile },
      returns: FileReference,
      fileTypes: [...PHOTO_TYPES, ...VIDEO_TYPES],
      errors: FILE_ERRORS,
    },
    ({ query, ...input }) =>
      downloads.file(
        input,
        { url: notBlank(query.url, "url"), name: query.filename ?? "", kind: null },
        { returnFile: query.returnFile ?? true },
      ),
  ),
];
