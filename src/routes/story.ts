import { Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import { type Operation, operations, withKey, withSession } from "../http/route.ts";
import type { MediaRef } from "../instagram/ids.ts";
import { Story } from "../instagram/models/story.ts";
import { StoryArchiveDayPage } from "../instagram/models/story-archive.ts";
import { ViewerPage } from "../instagram/models/viewer.ts";
import { deleteMedia, markSeen } from "../instagram/operations/media-actions.ts";
import {
  getStory,
  getStoryArchive,
  getStoryViewers,
  getUserStories,
  likeStory,
} from "../instagram/operations/story.ts";
import { parseUserRef, resolveUserPk } from "../instagram/operations/user.ts";
import { parseStoryRef, parseStoryRefs, parseStoryUrl } from "../instagram/story-links.ts";
import { onePage, ownView } from "./cursors.ts";
import { amountOf, exactlyOne, page, SHORT_PAGES, UserId, useCache } from "./parameters.ts";

const { get, patch, remove } = operations("Story");
const pair = actionPairs("Story");
const user = operations("User");

const StoryPk = Type.String({
  minLength: 1,
  description: "Story pk, or its media id <pk>_<owner pk>, or a link to it.",
  examples: ["3513075028443486808"],
});
/** A story in the archive of the account `sandbox`. */
const OWN_STORY = "3699412152577907280";
const Url = Type.String({
  minLength: 1,
  description: "Link to the story.",
  examples: ["https://www.instagram.com/stories/instagram/3513075028443486808/"],
});

/** A list of stories, each of which may cost a request. */
const storyList = (minItems: number, examples: string[]) =>
  Type.Array(Type.String({ minLength: 1 }), {
    minItems,
    maxItems: 100,
    description: "Story pks, or media ids <pk>_<owner pk>, which save a request each.",
    examples: [examples],
  });

/** `/story` and `/user/stories`: stories, their viewers, and the archive. */
export const storyRoutes: readonly Operation[] = [
  get(
    "/story",
    {
      operationId: "getStory",
      summary: "Get story details",
      description:
        "By story_pk or url: give exactly one. Finds only stories that have not ended; an id without its owner costs one more request.",
      access: withSession("read"),
      query: {
        story_pk: Type.Optional(StoryPk),
        url: Type.Optional(Url),
        use_cache: useCache,
      },
      returns: Story.schema,
      errors: [
        "StoryNotFound",
        "MediaNotFound",
        "MediaUnavailable",
        "UserNotFound",
        "PrivateAccount",
      ],
      aliases: ["/story/info"],
    },
    ({ query, session }) => session.read(getStory, namedStory(query)),
  ),
  get(
    "/story/pk/from/url",
    {
      operationId: "getStoryPkFromUrl",
      summary: "Get the story pk in a link",
      access: withKey("read"),
      query: { url: Url },
      returns: Type.String({ description: "Story pk.", examples: ["3513075028443486808"] }),
    },
    ({ query }) => parseStoryUrl(query.url).pk,
  ),
  get(
    "/story/viewers",
    {
      operationId: "getStoryViewers",
      summary: "Get who has seen one of the account's stories",
      access: withSession("read"),
      // Only of the account's own stories, also after they have ended.
      query: {
        story_pk: Type.String({ ...StoryPk, examples: ["3536156423277468240"] }),
        ...page.parameters,
      },
      returns: ViewerPage.schema,
      errors: ["MediaNotFound", "MediaUnavailable", "ClientForbiddenError"],
    },
    ({ query, session }) => {
      const { pk } = parseStoryRef(query.story_pk);
      return session.read((client) =>
        onePage(client, pk, page.inputOf(query), (at) => getStoryViewers(client, pk, at)),
      );
    },
  ),
  get(
    "/story/archive",
    {
      operationId: "getStoryArchive",
      summary: "Get the days of the account's story archive",
      description: `Latest first. ${SHORT_PAGES}`,
      access: withSession("read"),
      query: {
        ...page.parameters,
        include_memories: Type.Optional(
          Type.Boolean({ default: true, description: "Whether Instagram looks for memories too." }),
        ),
        reel_id: Type.Optional(
          Type.String({
            default: "",
            description: "Id of one day of the archive; empty for all.",
          }),
        ),
      },
      returns: StoryArchiveDayPage.schema,
    },
    ({ query, session }) => {
      const view = {
        includeMemories: query.include_memories ?? true,
        reelId: query.reel_id?.trim() ?? "",
      };
      const viewName = `${view.includeMemories} ${view.reelId}`;
      return session.read((client) =>
        onePage(client, ownView(client, viewName), page.inputOf(query), (at) =>
          getStoryArchive(client, view, at),
        ),
      );
    },
  ),
  remove(
    "/story",
    {
      operationId: "deleteStory",
      summary: "Delete one of the account's stories",
      description: "An id without its owner costs one more request.",
      access: withSession("write"),
      query: { story_pk: Type.String({ ...StoryPk, examples: [OWN_STORY] }) },
      returns: Type.Boolean({ description: "True if Instagram deleted it." }),
      errors: ["MediaNotFound", "MediaUnavailable", "ClientForbiddenError"],
    },
    ({ query, session }) => session.write(deleteMedia, parseStoryRef(query.story_pk)),
  ),
  ...pair(
    "/story/like",
    {
      operationIds: ["postStoryLike", "deleteStoryLike"],
      actions: ["like", "like"],
      summaries: ["Like a story", "Take back the like of a story"],
      description: "An id without its owner costs one more request.",
      fields: {
        story_id: Type.String({ ...StoryPk, examples: ["3513075028443486808_25025320"] }),
      },
      undoField: "revert",
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    (session, { story_id }, undo) =>
      session.write(likeStory, parseStoryRef(story_id, "story_id"), undo),
  ),
  patch(
    "/story/seen",
    {
      operationId: "patchStorySeen",
      summary: "Mark stories as seen",
      description: "Their owners see the account among the viewers.",
      access: withSession("write"),
      body: {
        story_pks: storyList(1, ["3513075028443486808_25025320"]),
        skipped_story_pks: Type.Optional({ ...storyList(0, []), default: [] }),
      },
      returns: Type.Boolean(),
      errors: ["MediaNotFound", "MediaUnavailable"],
    },
    ({ body, session }) =>
      session.write(
        markSeen,
        parseStoryRefs(body.story_pks, "story_pks"),
        parseStoryRefs(body.skipped_story_pks ?? [], "skipped_story_pks"),
      ),
  ),
  user.get(
    "/user/stories",
    {
      operationId: "getUserStories",
      summary: "Get the stories that a user shows now",
      description: "Oldest first; empty if there are none.",
      access: withSession("read"),
      query: {
        user_id: UserId,
        amount: Type.Optional(
          Type.Integer({ description: "How many items at most; 0 or none for all there are." }),
        ),
      },
      returns: Type.Array(Story.schema),
      errors: ["UserNotFound", "PrivateAccount"],
      aliases: ["/story/user/stories"],
    },
    ({ query, session }) => {
      const user = parseUserRef(query.user_id);
      const amount = amountOf(query.amount, 0);
      return session.read(async (client) =>
        (await getUserStories(client, await resolveUserPk(client, user))).slice(0, amount),
      );
    },
  ),
];

/** The story that a query names. Throws InvalidInput. */
function namedStory(query: { story_pk?: string; url?: string }): MediaRef {
  const [field, value] = exactlyOne(query, ["story_pk", "url"]);
  return field === "url" ? parseStoryUrl(value) : parseStoryRef(value);
}
