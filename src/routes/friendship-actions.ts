import { Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import type { ProblemType } from "../http/problems.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import {
  announcePostsOf,
  answerFollowRequest,
  blockUser,
  followUser,
  makeCloseFriend,
  muteUser,
  removeFollower,
} from "../instagram/operations/friendship-actions.ts";
import { parseUserRef } from "../instagram/operations/user.ts";
import { ofUser, UserId } from "./parameters.ts";

const { remove } = operations("User");
const account = operations("Account");
const pair = actionPairs("User");

const fields = { user_id: UserId };
/** A user of the sandbox whom no other example needs. */
const ofUserLike = (pk: string) => ({ user_id: Type.String({ ...UserId, examples: [pk] }) });
/** Who ask to follow the sandbox's account at its start. */
const [APPROVED, DECLINED, BLOCKED] = ["41946033346", "5211482261", "41268370388"] as const;
const Surface = Type.Optional(
  Type.String({
    default: "profile",
    description: "The app's page on which this was chosen: profile, direct_thread_info, …",
  }),
);
const errors: readonly ProblemType[] = ["UserNotFound", "InvalidTargetUser"];

/** `/user` and `/account`: what changes the relationship between the account and a user. */
export const friendshipActionRoutes: readonly Operation[] = [
  ...pair(
    "/user/follow",
    {
      operationIds: ["postUserFollow", "deleteUserFollow"],
      actions: ["follow", "unfollow"],
      summaries: ["Follow a user", "Unfollow a user, or take back a follow request"],
      fields,
      errors,
    },
    (session, { user_id }, undo) => session.write(ofUser(followUser), parseUserRef(user_id), undo),
  ),
  remove(
    "/user/follower",
    {
      operationId: "deleteUserFollower",
      summary: "Remove a follower",
      access: withSession("write"),
      query: fields,
      returns: Type.Boolean(),
      errors,
    },
    ({ query, session }) => session.write(ofUser(removeFollower), parseUserRef(query.user_id)),
  ),
  ...pair(
    "/user/block",
    {
      operationIds: ["postUserBlock", "deleteUserBlock"],
      summaries: ["Block a user", "Unblock a user"],
      fields: { ...ofUserLike(BLOCKED), surface: Surface },
      errors,
    },
    (session, { user_id, surface }, undo) =>
      session.write(ofUser(blockUser), parseUserRef(user_id), surface || "profile", undo),
  ),
  ...pair(
    "/user/close-friend",
    {
      operationIds: ["postUserCloseFriend", "deleteUserCloseFriend"],
      summaries: ["Add a user to the close friends", "Remove a user from the close friends"],
      fields,
      errors,
    },
    (session, { user_id }, undo) =>
      session.write(ofUser(makeCloseFriend), parseUserRef(user_id), undo),
  ),
  ...pair(
    "/user/mute/posts",
    {
      operationIds: ["postUserMutePosts", "deleteUserMutePosts"],
      summaries: ["Mute a user's posts", "Unmute a user's posts"],
      fields,
      undoField: "revert",
      errors,
    },
    (session, { user_id }, undo) =>
      session.write(ofUser(muteUser), parseUserRef(user_id), "posts", undo),
  ),
  ...pair(
    "/user/mute/stories",
    {
      operationIds: ["postUserMuteStories", "deleteUserMuteStories"],
      summaries: ["Mute a user's stories", "Unmute a user's stories"],
      fields,
      undoField: "revert",
      errors,
    },
    (session, { user_id }, undo) =>
      session.write(ofUser(muteUser), parseUserRef(user_id), "stories", undo),
  ),
  ...pair(
    "/user/notifications/posts",
    {
      operationIds: ["postUserNotificationsPosts", "deleteUserNotificationsPosts"],
      summaries: ["Be notified of a user's posts", "Stop notifications of a user's posts"],
      fields,
      errors,
    },
    (session, { user_id }, undo) =>
      session.write(ofUser(announcePostsOf), parseUserRef(user_id), "posts", undo),
  ),
  ...pair(
    "/user/notifications/stories",
    {
      operationIds: ["postUserNotificationsStories", "deleteUserNotificationsStories"],
      summaries: ["Be notified of a user's stories", "Stop notifications of a user's stories"],
      fields,
      errors,
    },
    (session, { user_id }, undo) =>
      session.write(ofUser(announcePostsOf), parseUserRef(user_id), "stories", undo),
  ),
  ...pair(
    "/user/notifications/reels",
    {
      operationIds: ["postUserNotificationsReels", "deleteUserNotificationsReels"],
      summaries: ["Be notified of a user's Reels", "Stop notifications of a user's Reels"],
      fields,
      errors,
    },
    (session, { user_id }, undo) =>
      session.write(ofUser(announcePostsOf), parseUserRef(user_id), "reels", undo),
  ),
  ...pair(
    "/user/notifications/videos",
    {
      operationIds: ["postUserNotificationsVideos", "deleteUserNotificationsVideos"],
      summaries: ["Be notified of a user's videos", "Stop notifications of a user's videos"],
      fields,
      errors,
    },
    (session, { user_id }, undo) =>
      session.write(ofUser(announcePostsOf), parseUserRef(user_id), "videos", undo),
  ),
  account.post(
    "/account/follow/request/approve",
    {
      operationId: "postAccountFollowRequestApprove",
      summary: "Approve a follow request",
      description: "Answers whether the user follows the account now.",
      access: withSession("write"),
      body: ofUserLike(APPROVED),
      returns: Type.Boolean(),
      errors,
    },
    ({ body, session }) =>
      session.write(ofUser(answerFollowRequest), parseUserRef(body.user_id), true),
  ),
  account.remove(
    "/account/follow/request",
    {
      operationId: "deleteAccountFollowRequest",
      summary: "Decline a follow request",
      access: withSession("write"),
      query: ofUserLike(DECLINED),
      returns: Type.Boolean(),
      errors,
    },
    ({ query, session }) =>
      session.write(ofUser(answerFollowRequest), parseUserRef(query.user_id), false),
  ),
];
