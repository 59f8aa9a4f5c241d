import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { Guide } from "../instagram/models/guide.ts";
import { Media, MediaPage } from "../instagram/models/media.ts";
import { parseUserRef } from "../instagram/operations/user.ts";
import {
  getUserClips,
  getUserGuides,
  getUserMedias,
  getUserPinnedPosts,
  getUserTaggedMedias,
  getUserVideos,
} from "../instagram/operations/user-posts.ts";
import { onePageOfUser } from "./cursors.ts";
import { namedUser, ofUser, page, SHORT_PAGES, UserId, userNames } from "./parameters.ts";

const { get } = operations("User");

/** `/user`: the posts and guides of a user, and posts that tag the user. */
export const userPostsRoutes: readonly Operation[] = [
  get(
    "/user/medias",
    pageOfPosts({
      operationId: "getUserMedias",
      summary: "List paginated user posts",
      aliases: ["/media/user/medias", "/user/posts"],
    }),
    ({ query, session }) =>
      session.read(onePageOfUser(getUserMedias), namedUser(query), page.inputOf(query)),
  ),
  get(
    "/user/clips",
    pageOfPosts({
      operationId: "getUserClips",
      summary: "List paginated user Reels",
      aliases: ["/media/user/clips", "/user/reels"],
    }),
    ({ query, session }) =>
      session.read(onePageOfUser(getUserClips), namedUser(query), page.inputOf(query)),
  ),
  get(
    "/user/videos",
    pageOfPosts({
      operationId: "getUserVideos",
      summary: "List paginated user videos",
      aliases: ["/media/user/videos"],
    }),
    ({ query, session }) =>
      session.read(onePageOfUser(getUserVideos), namedUser(query), page.inputOf(query)),
  ),
  get(
    "/user/tagged/medias",
    pageOfPosts({
      operationId: "getUserTaggedMedias",
      summary: "List paginated posts that a user is tagged on",
      aliases: ["/media/usertag/medias", "/user/tagged/posts"],
    }),
    ({ query, session }) =>
      session.read(onePageOfUser(getUserTaggedMedias), namedUser(query), page.inputOf(query)),
  ),
  get(
    "/user/pinned/posts",
    {
      operationId: "getUserPinnedPosts",
      summary: "List the posts pinned to a profile",
      access: withSession("read"),
      query: { user_id: UserId },
      returns: Type.Array(Media.schema),
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) => session.read(ofUser(getUserPinnedPosts), parseUserRef(query.user_id)),
  ),
  get(
    "/user/guides",
    {
      operationId: "getUserGuides",
      summary: "List user guides",
      access: withSession("read"),
      query: { user_id: UserId },
      returns: Type.Array(Guide.schema),
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) => session.read(ofUser(getUserGuides), parseUserRef(query.user_id)),
  ),
];

/** The declaration that all pages of a user's posts share. */
function pageOfPosts(declared: { operationId: string; summary: string; aliases: string[] }) {
  return {
    ...declared,
    description: `By user_id or by username: give one of the two. ${SHORT_PAGES}`,
    access: withSession("read"),
    query: { ...userNames, ...page.parameters },
    returns: MediaPage.schema,
    errors: ["UserNotFound", "PrivateAccount"] as const,
  };
}
