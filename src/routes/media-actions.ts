import { type TString, Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import { numericId, parseMediaRef } from "../instagram/ids.ts";
import {
  archiveMedia,
  deleteMedia,
  editMedia,
  likeMedia,
  markSeen,
  pinMedia,
  saveMedia,
} from "../instagram/operations/media-actions.ts";
import { MediaName, notBlank } from "./parameters.ts";
import { location, locationOf, usertags, usertagsOf } from "./tagging.ts";

const TAG = "Media (Post)";
const { patch, remove } = operations(TAG);
const pair = actionPairs(TAG);

/** A post of the session's own account. */
export const ownMedia = (example: string, description = `${MediaName.description} Your own.`) =>
  Type.String({ ...MediaName, description, examples: [example] }) as TString;

const CollectionPk = Type.Optional(
  Type.String({
    description:
      "Collection pk, as in GET /account/collections: the post is saved into it, too. It does not change what DELETE does, which takes the post out of all that is saved.",
    examples: ["17850000002099911"],
  }),
);

/** A request for many posts: each that is named without its owner costs one of Instagram's. */
const MOST_SEEN = 200;

/** What is done to posts: `/media`. */
export const mediaActionRoutes: readonly Operation[] = [
  remove(
    "/media",
    {
      operationId: "deleteMedia",
      summary: "Delete a post",
      description: "For good. True if Instagram says that the post is deleted.",
      access: withSession("write"),
      query: { media_id: ownMedia("3747773280932289111_61000000001") },
      returns: Type.Boolean(),
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    ({ query, session }) => session.write(deleteMedia, parseMediaRef(query.media_id)),
  ),
  patch(
    "/media",
    {
      operationId: "patchMedia",
      summary: "Edit a post",
      description:
        "Give caption, tags and place as they should be afterwards. Costs two requests, and more for a place without external_id. The answer is Instagram's own.",
      access: withSession("write"),
      body: {
        media_id: ownMedia("3743860002438994519_61000000001"),
        caption: Type.String({
          minLength: 1,
          description: "The whole new caption.",
          examples: ["Back home"],
        }),
        title: Type.Optional(
          Type.String({
            default: "",
            description: "Only for IGTV: its title. Without it the caption begins with it.",
          }),
        ),
        usertags,
        location,
      },
      returns: PassedThrough,
      errors: ["MediaNotFound", "MediaUnavailable", "LocationNotFound"],
    },
    ({ body, session }) =>
      session.write(editMedia, parseMediaRef(body.media_id), {
        caption: notBlank(body.caption, "caption"),
        title: body.title ?? "",
        usertags: usertagsOf(body.usertags),
        location: locationOf(body.location),
      }),
  ),
  ...pair(
    "/media/archive",
    {
      operationIds: ["postMediaArchive", "deleteMediaArchive"],
      summaries: ["Archive a post", "Show an archived post again"],
      description: "An archived post is seen by its owner only.",
      fields: { media_id: ownMedia("3751300140957915735_61000000001") },
      undoField: "revert",
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    (session, fields, undo) => session.write(archiveMedia, parseMediaRef(fields.media_id), undo),
  ),
  ...pair(
    "/media/like",
    {
      operationIds: ["postMediaLike", "deleteMediaLike"],
      actions: ["like", "like"],
      summaries: ["Like a post", "Unlike a post"],
      fields: { media_id: MediaName },
      undoField: "revert",
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    (session, fields, undo) => session.write(likeMedia, parseMediaRef(fields.media_id), undo),
  ),
  ...pair(
    "/media/pin",
    {
      operationIds: ["postMediaPin", "deleteMediaPin"],
      summaries: ["Pin a post to the profile", "Unpin a post from the profile"],
      description: "A profile has three pinned posts at the most.",
      fields: { media_pk: ownMedia("3755541588783880791", "Media pk of your own post.") },
      undoField: "revert",
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    (session, fields, undo) =>
      session.write(pinMedia, parseMediaRef(fields.media_pk, "media_pk"), undo),
  ),
  ...pair(
    "/media/save",
    {
      operationIds: ["postMediaSave", "deleteMediaSave"],
      summaries: ["Save a post", "Unsave a post"],
      fields: { media_id: MediaName, collection_pk: CollectionPk },
      undoField: "revert",
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    (session, fields, undo) =>
      session.write(
        saveMedia,
        parseMediaRef(fields.media_id),
        { collectionPk: optionalId(fields.collection_pk, "collection_pk") },
        undo,
      ),
  ),
  patch(
    "/media/seen",
    {
      operationId: "patchMediaSeen",
      summary: "Mark posts or stories as seen",
      description: "One request for all, and one more for each that is named without its owner.",
      access: withSession("write"),
      body: {
        media_ids: Type.Array(MediaName, {
          minItems: 1,
          maxItems: MOST_SEEN,
          description: "Those that were watched, just now.",
          examples: [["3755350675776297567_25025320"]],
        }),
        skipped_media_ids: Type.Optional(
          Type.Array(MediaName, {
            maxItems: MOST_SEEN,
            default: [],
            description: "Those that were skipped and not watched.",
            examples: [[]],
          }),
        ),
      },
      returns: Type.Boolean(),
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    ({ body, session }) =>
      session.write(
        markSeen,
        body.media_ids.map((name) => parseMediaRef(name, "media_ids")),
        (body.skipped_media_ids ?? []).map((name) => parseMediaRef(name, "skipped_media_ids")),
      ),
  ),
];

/** An id that may be left out, as null, an empty text, or 0. Throws InvalidInput. */
export function optionalId(value: string | null | undefined, field: string): string | null {
  const id = value ? numericId(value, field) : "0";
  return id === "0" ? null : id;
}
