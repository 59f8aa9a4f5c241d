import { act, actionAnswer, ownPk, signedAction } from "../actions.ts";
import type { Client } from "../client.ts";
import { type Json, type JsonObject, objectOr } from "../json.ts";
import { toBoolean } from "../models/values.ts";
import { path, signed } from "../signing.ts";
import { userOrNotFound } from "./user.ts";

/*
 * What the account does to its relationship with a user, given by pk. With `undo` each takes itself
 * back. All throw UpstreamRefused: UserNotFound, InvalidTargetUser, and what every operation can.
 */

/**
 * Follows a user, `POST friendships/create/{id}/`, or unfollows, `…/destroy/{id}/`. Resolves with
 * whether that is so now: false after asking to follow a private account.
 */
export function followUser(client: Client, userId: string, undo: boolean): Promise<boolean> {
  const request = {
    path: undo ? path`friendships/destroy/${userId}/` : path`friendships/create/${userId}/`,
    body: signedAction(client, { user_id: userId }),
  };
  return isAfter(client, request, "following", !undo);
}

/** Makes a user stop following the account: `POST friendships/remove_follower/{id}/`. */
export function removeFollower(client: Client, userId: string): Promise<boolean> {
  const request = {
    path: path`friendships/remove_follower/${userId}/`,
    body: signedAction(client, { user_id: userId }),
  };
  return isAfter(client, request, "followed_by", false);
}

/**
 * Lets a user who asked for it follow the account, `POST friendships/approve/{id}/`, or refuses
 * that, `…/ignore/{id}/`. Resolves with whether that is so now: nobody follows who has not asked.
 */
export function answerFollowRequest(
  client: Client,
  userId: string,
  approve: boolean,
): Promise<boolean> {
  const request = {
    path: approve ? path`friendships/approve/${userId}/` : path`friendships/ignore/${userId}/`,
    body: signedAction(client, { user_id: userId }),
  };
  return isAfter(client, request, "followed_by", approve, { orStatus: true });
}

/** The app's page on which somebody is blocked out of a Direct thread. */
const FROM_THREAD = "direct_thread_info";

/**
 * Blocks a user, `POST friendships/block/{id}/`, or unblocks, `…/unblock/{id}/`. `surface` is the
 * app's page on which that was chosen.
 */
export function blockUser(
  client: Client,
  userId: string,
  surface: string,
  undo: boolean,
): Promise<boolean> {
  const { ids } = client.state;
  const request = {
    path: undo ? path`friendships/unblock/${userId}/` : path`friendships/block/${userId}/`,
    body: signed({
      ...(undo ? { container_module: surface } : { surface, is_auto_block_enabled: "false" }),
      user_id: userId,
      _uid: ownPk(client),
      _uuid: ids.uuid,
      ...(surface === FROM_THREAD ? { client_request_id: ids.request_id } : {}),
    }),
  };
  return isAfter(client, request, "blocking", !undo);
}

/** What of a user can be muted, by the field that names the user. */
const MUTED = { posts: "target_posts_author_id", stories: "target_reel_author_id" } as const;

/**
 * Hides a user's posts or stories from the account's own feeds: `POST
 * friendships/mute_posts_or_story_from_follow/`, or `…/unmute_posts_or_story_from_follow/`.
 */
export function muteUser(
  client: Client,
  userId: string,
  what: keyof typeof MUTED,
  undo: boolean,
): Promise<boolean> {
  return userOrNotFound(() =>
    act(client, {
      path: undo
        ? path`friendships/unmute_posts_or_story_from_follow/`
        : path`friendships/mute_posts_or_story_from_follow/`,
      body: signed({ [MUTED[what]]: userId, container_module: "media_mute_sheet" }),
    }),
  );
}

/** What of a user can be announced, by the end of the action's name. */
const ANNOUNCED = {
  posts: "",
  stories: "_for_stories",
  reels: "_for_clips",
  videos: "_for_igtv",
} as const;

/**
 * Has Instagram announce what a user posts: `POST friendships/favorite{_for_…}/{id}/`, or
 * `…/unfavorite{_for_…}/{id}/`.
 */
export function announcePostsOf(
  client: Client,
  userId: string,
  what: keyof typeof ANNOUNCED,
  undo: boolean,
): Promise<boolean> {
  const action = `${undo ? "unfavorite" : "favorite"}${ANNOUNCED[what]}`;
  return userOrNotFound(() =>
    act(client, {
      path: path`friendships/${action}/${userId}/`,
      body: signedAction(client, { user_id: userId, _uid: ownPk(client) }),
    }),
  );
}

/** Puts a user on the account's list of close friends, or takes it off: `POST friendships/set_besties/`. */
export function makeCloseFriend(client: Client, userId: string, undo: boolean): Promise<boolean> {
  const request = {
    path: path`friendships/set_besties/`,
    body: signed({
      block_on_empty_thread_creation: "false",
      module: "CLOSE_FRIENDS_V2_SEARCH",
      source: "audience_manager",
      _uid: ownPk(client),
      _uuid: client.state.ids.uuid,
      remove: undo ? [userId] : [],
      add: undo ? [] : [userId],
    }),
  };
  const relationshipIn = (body: JsonObject) => objectOr(body.friendship_statuses)[userId];
  return isAfter(client, request, "is_bestie", !undo, { relationshipIn });
}

interface RelationshipAnswer {
  /** Where the relationship stands in the answer; `friendship_status` unless given. */
  relationshipIn?: (body: JsonObject) => Json | undefined;
  /** `status: "ok"` is enough where the answer holds no relationship. */
  orStatus?: boolean;
}

/**
 * Sends an action and resolves with whether a field of the relationship is now as wanted. False where
 * the answer does not tell it, as with the recorded client: a caller who then asks again loses nothing.
 */
async function isAfter(
  client: Client,
  request: Parameters<typeof actionAnswer>[1],
  field: "following" | "followed_by" | "blocking" | "is_bestie",
  wanted: boolean,
  {
    relationshipIn = ({ friendship_status }) => friendship_status,
    orStatus,
  }: RelationshipAnswer = {},
): Promise<boolean> {
  const body = await userOrNotFound(() => actionAnswer(client, request));
  const value = toBoolean(objectOr(relationshipIn(body))[field]);
  if (value !== undefined) return value === wanted;
  client.drift("Relationship", field);
  return orStatus === true && body.status === "ok";
}
