import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import type { MediaRef } from "../instagram/ids.ts";
import { StorySchema } from "../instagram/models/story.ts";
import { StoryArchiveDayPageSchema } from "../instagram/models/story-archive.ts";
import { ViewerPage } from "../instagram/models/viewer.ts";
import {
  getStory,
  getStoryArchive,
  getStoryViewers,
  getUserStories,
} from "../instagram/operations/story.ts";
import { parseUserRef, resolveUserPk } from "../instagram/operations/user.ts";
import { parseStoryRef, parseStoryUrl } from "../instagram/story-links.ts";
import { InvalidInput } from "../problems/problem.ts";
import { onePage, ownList } from "./cursors.ts";
import { amountOf, page, UserId, useCache } from "./parameters.ts";

const TAG = "Story";

const StoryPk = Type.String({
  minLength: 1,
  description: "Story pk, or its media id <pk>_<owner pk>, or a link to it.",
  examples: ["3513075028443486808"],
});
const Url = Type.String({
  minLength: 1,
  description: "Link to the story.",
  examples: ["https://www.instagram.com/stories/instagram/3513075028443486808/"],
});

/** `/story` and `/user/stories`: stories, who has seen them, and the archive. */
export const storyRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/story",
      ({ query, session, context }) => {
        const story = namedStory(query);
        return session.read(context, (client) => getStory(client, story));
      },
      {
        withSession: "read",
        query: fields({
          story_pk: Type.Optional(StoryPk),
          url: Type.Optional(Url),
          use_cache: useCache,
        }),
        detail: operation(TAG, "session", {
          operationId: "getStory",
          summary: "Get story details",
          description:
            "By story_pk or url: give exactly one. Only stories that their owner shows now are found; an id without its owner costs one more request.",
          returns: StorySchema,
          errors: [
            "StoryNotFound",
            "MediaNotFound",
            "MediaUnavailable",
            "UserNotFound",
            "PrivateAccount",
          ],
          aliases: ["/story/info"],
        }),
      },
    )
    .get("/story/pk/from/url", ({ query }) => parseStoryUrl(query.url).pk, {
      withKey: "read",
      query: fields({ url: Url }),
      detail: operation(TAG, "key", {
        operationId: "getStoryPkFromUrl",
        summary: "Get the story pk in a link",
        returns: Type.String({ description: "Story pk.", examples: ["3513075028443486808"] }),
      }),
    })
    .get(
      "/story/viewers",
      ({ query, session, context }) => {
        const { pk } = parseStoryRef(query.story_pk);
        return session.read(context, (client) =>
          onePage({ operation: "getStoryViewers", of: pk }, page.of(query), (at) =>
            getStoryViewers(client, pk, at),
          ),
        );
      },
      {
        withSession: "read",
        // Only of one's own stories, and these after they are gone too.
        query: fields({
          story_pk: Type.String({ ...StoryPk, examples: ["3536156423277468240"] }),
          ...page.parameters,
        }),
        detail: operation(TAG, "session", {
          operationId: "getStoryViewers",
          summary: "Get who has seen one of the account's stories",
          returns: ViewerPage.schema,
          errors: ["MediaNotFound", "MediaUnavailable", "ClientForbiddenError"],
        }),
      },
    )
    .get(
      "/story/archive",
      ({ query, session, context }) => {
        const view = {
          includeMemories: query.include_memories ?? true,
          reelId: query.reel_id?.trim() ?? "",
        };
        const shown = `${view.includeMemories} ${view.reelId}`;
        return session.read(context, (client) =>
          onePage(ownList(client, "getStoryArchive", shown), page.of(query), (at) =>
            getStoryArchive(client, view, at),
          ),
        );
      },
      {
        withSession: "read",
        query: fields({
          ...page.parameters,
          include_memories: Type.Optional(
            Type.Boolean({ default: true, description: "Have Instagram look for memories too." }),
          ),
          reel_id: Type.Optional(
            Type.String({
              default: "",
              description: "Id of one day of the archive; empty for all.",
            }),
          ),
        }),
        detail: operation(TAG, "session", {
          operationId: "getStoryArchive",
          summary: "Get the days of the account's story archive",
          description:
            "Latest first. A page holds what Instagram gives at once, which can be fewer than amount.",
          returns: StoryArchiveDayPageSchema,
        }),
      },
    )
    .get(
      "/user/stories",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        const amount = amountOf(query.amount, 0);
        return session.read(context, async (client) =>
          (await getUserStories(client, await resolveUserPk(client, user))).slice(0, amount),
        );
      },
      {
        withSession: "read",
        query: fields({
          user_id: UserId,
          amount: Type.Optional(
            Type.Integer({ description: "How many items at most; 0 or none for all there are." }),
          ),
        }),
        detail: operation("User", "session", {
          operationId: "getUserStories",
          summary: "Get the stories that a user shows now",
          description: "Oldest first; empty where the user shows none.",
          returns: Type.Array(StorySchema),
          errors: ["UserNotFound", "PrivateAccount"],
          aliases: ["/story/user/stories"],
        }),
      },
    );

/** Exactly one way to name a story. Throws InvalidInput. */
function namedStory({ story_pk, url }: { story_pk?: string; url?: string }): MediaRef {
  if (story_pk !== undefined && url !== undefined)
    throw new InvalidInput("story_pk", "and url exclude each other: give one");
  if (url !== undefined) return parseStoryUrl(url);
  if (story_pk === undefined) throw new InvalidInput("story_pk", "or url is required");
  return parseStoryRef(story_pk);
}
