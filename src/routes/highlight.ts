import { Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import { jsonDocument } from "../http/json-document.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { Highlight } from "../instagram/models/highlight.ts";
import {
  createHighlight,
  deleteHighlight,
  editHighlight,
  getHighlight,
  getUserHighlights,
} from "../instagram/operations/highlight.ts";
import { parseUserRef } from "../instagram/operations/user.ts";
import { parseHighlightRef, parseStoryRef, parseStoryRefs } from "../instagram/story-links.ts";
import { callersCover, cropRectOf } from "./highlight-cover.ts";
import { amount, amountOf, notBlank, ofUser, UserId } from "./parameters.ts";

const highlight = operations("Highlight");
const user = operations("User");
const pair = actionPairs("Highlight");

const HighlightPk = Type.String({
  minLength: 1,
  description: "Highlight pk, or its id highlight:<pk>, or a link to it.",
  examples: ["17900000000000001"],
});

/** A highlight of the account `sandbox`, a story in it, and one that is not. */
const OWN_PK = { highlight_pk: Type.String({ ...HighlightPk, examples: ["17900000000000033"] }) };
const KEPT_STORY = "3586281421903977040_61000000001";
const OTHER_STORY = "3594192877433608784_61000000001";

const stories = (minItems: number, example: string[], description: string) =>
  Type.Array(Type.String({ minLength: 1 }), {
    minItems,
    maxItems: 100,
    description,
    examples: [example],
  });

const WHICH = "The account's stories: pks, media ids <pk>_<owner pk>, or links.";

/** `/highlight` and `/user/highlights`: stories that stay on a profile. */
export const highlightRoutes: readonly Operation[] = [
  highlight.get(
    "/highlight",
    {
      operationId: "getHighlight",
      summary: "Get a highlight with its stories",
      access: withSession("read"),
      query: { highlight_pk: HighlightPk },
      returns: Highlight.schema,
      errors: ["HighlightNotFound"],
      aliases: ["/highlight/info"],
    },
    ({ query, session }) => session.read(getHighlight, parseHighlightRef(query.highlight_pk)),
  ),
  highlight.post(
    "/highlight",
    {
      operationId: "postHighlight",
      summary: "Create a highlight",
      description: "Each story without its owner, and such a cover, costs one more request.",
      access: withSession("write"),
      body: {
        title: Type.String({
          minLength: 1,
          description: "Name of the highlight. Instagram takes up to 15 characters.",
          examples: ["Berlin"],
        }),
        story_ids: stories(1, [KEPT_STORY, OTHER_STORY], WHICH),
        cover_story_id: Type.Optional(
          Type.String({
            default: "",
            description: "The story that is the cover; empty for the first of story_ids.",
          }),
        ),
        crop_rect: Type.Optional(
          Type.Array(Type.Number(), {
            default: [0, 0.21830457, 1, 0.78094524],
            description: "Part of the cover that shows: left, top, right and bottom, from 0 to 1.",
          }),
        ),
      },
      returns: Highlight.schema,
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    ({ body, session }) => {
      const cover = body.cover_story_id?.trim() || body.story_ids[0] || "";
      return session.write(createHighlight, {
        title: notBlank(body.title, "title"),
        stories: parseStoryRefs(body.story_ids, "story_ids"),
        cover: parseStoryRef(cover, "cover_story_id"),
        cropRect: cropRectOf(body.crop_rect),
      });
    },
  ),
  highlight.patch(
    "/highlight",
    {
      operationId: "patchHighlight",
      summary: "Change a highlight",
      description: "What is left out stays as it is. Without its last story it is gone.",
      access: withSession("write"),
      body: {
        ...OWN_PK,
        title: Type.Optional(
          Type.String({ default: "", description: "New name; empty leaves it as it is." }),
        ),
        cover: Type.Optional(
          jsonDocument({
            description:
              "New cover, as Instagram takes it: a JSON object with media_id (<pk>_<owner pk>) and crop_rect.",
            examples: [`{"media_id":"${KEPT_STORY}","crop_rect":[0,0.2,1,0.8]}`],
          }),
        ),
        added_media_ids: Type.Optional({
          ...stories(0, [OTHER_STORY], `To add. ${WHICH}`),
          default: [],
        }),
        removed_media_ids: Type.Optional({
          ...stories(0, [], `To remove. ${WHICH}`),
          default: [],
        }),
      },
      returns: Highlight.schema,
      errors: ["HighlightNotFound", "MediaNotFound", "MediaUnavailable"],
    },
    ({ body, session }) =>
      session.write(editHighlight, parseHighlightRef(body.highlight_pk), {
        title: body.title ?? "",
        cover: callersCover(body.cover),
        added: parseStoryRefs(body.added_media_ids ?? [], "added_media_ids"),
        removed: parseStoryRefs(body.removed_media_ids ?? [], "removed_media_ids"),
      }),
  ),
  highlight.remove(
    "/highlight",
    {
      operationId: "deleteHighlight",
      summary: "Delete a highlight",
      description: "Its stories stay in the archive.",
      access: withSession("write"),
      query: {
        highlight_pk: Type.String({ ...HighlightPk, examples: ["17900000000000045"] }),
      },
      returns: Type.Boolean(),
      errors: ["HighlightNotFound"],
    },
    ({ query, session }) => session.write(deleteHighlight, parseHighlightRef(query.highlight_pk)),
  ),
  ...pair(
    "/highlight/story",
    {
      operationIds: ["postHighlightStory", "deleteHighlightStory"],
      summaries: ["Add stories to a highlight", "Remove stories from a highlight"],
      description: "Without its last story a highlight is gone.",
      fields: { ...OWN_PK, story_ids: stories(1, [OTHER_STORY], WHICH) },
      returns: Highlight.schema,
      errors: ["HighlightNotFound", "MediaNotFound", "MediaUnavailable"],
      aliases: ["/highlight/stories"],
    },
    (session, { highlight_pk, story_ids }, undo) => {
      const stories = parseStoryRefs(story_ids, "story_ids");
      return session.write(
        editHighlight,
        parseHighlightRef(highlight_pk),
        undo ? { removed: stories } : { added: stories },
      );
    },
  ),
  user.get(
    "/user/highlights",
    {
      operationId: "getUserHighlights",
      summary: "Get a user's highlights",
      description: "Without their stories: GET /highlight gives those.",
      access: withSession("read"),
      query: { user_id: UserId, amount: amount(0) },
      returns: Type.Array(Highlight.schema),
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) =>
      session.read(
        ofUser(getUserHighlights),
        parseUserRef(query.user_id),
        amountOf(query.amount, 0),
      ),
  ),
];
