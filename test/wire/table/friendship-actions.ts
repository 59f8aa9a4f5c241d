import type { Request, Row } from "./row.ts";
import { lookUp } from "./user.ts";

const PK = "25025320";
const DEVICE = { _uuid: "<session.uuid>", device_id: "<session.android_device_id>" };
const ACTION = { ...DEVICE, radio_type: "wifi-none" };
const OWN_PK = { $number: "<session.user_id>" };

/** One signed action and its answer. */
const action = (path: string, signed: object, answer: object): Request => ({
  send: `POST /api/v1/friendships/${path}/`,
  signed,
  answer: { ...answer, status: "ok" },
});
const status = (fields: object) => ({ friendship_status: fields });

const follow = (verb: "create" | "destroy", following: boolean, user_id = PK): Request =>
  action(`${verb}/${user_id}`, { ...ACTION, user_id }, status({ following }));

const mute = (verb: "mute" | "unmute", field: string): Request =>
  action(
    `${verb}_posts_or_story_from_follow`,
    { [field]: PK, container_module: "media_mute_sheet" },
    {},
  );

const announce = (name: string): Request =>
  action(`${name}/${PK}`, { ...ACTION, user_id: PK, _uid: OWN_PK }, {});

const unblock = (surface: string, more: object = {}): Request =>
  action(
    `unblock/${PK}`,
    { container_module: surface, user_id: PK, _uid: OWN_PK, _uuid: "<session.uuid>", ...more },
    status({ blocking: false }),
  );

const besties = (add: string[], remove: string[]): Request =>
  action(
    "set_besties",
    {
      block_on_empty_thread_creation: "false",
      module: "CLOSE_FRIENDS_V2_SEARCH",
      source: "audience_manager",
      _uid: OWN_PK,
      _uuid: "<session.uuid>",
      remove,
      add,
    },
    { friendship_statuses: { [PK]: { is_bestie: add.length > 0 } } },
  );

/** A POST with the user in its form, and the DELETE that takes it back. */
function pair(
  operations: readonly [act: string, undo: string],
  path: string,
  [act, undo]: readonly [Request, Request],
): Row[] {
  return [
    {
      operation: operations[0],
      call: `POST ${path}`,
      form: { user_id: PK },
      requests: [act],
    },
    { operation: operations[1], call: `DELETE ${path}?user_id=${PK}`, requests: [undo] },
  ];
}

export const friendshipActionRows: Row[] = [
  ...pair(["postUserFollow", "deleteUserFollow"], "/user/follow", [
    follow("create", true),
    follow("destroy", false),
  ]),
  {
    operation: "postUserFollow",
    call: "POST /user/follow",
    form: { user_id: "3012345678901234567" },
    requests: [follow("create", true, "3012345678901234567")],
  },
  {
    operation: "postUserFollow",
    call: "POST /user/follow",
    form: { user_id: " @InstaGram" },
    requests: [lookUp, follow("create", true)],
  },
  {
    operation: "deleteUserFollower",
    call: `DELETE /user/follower?user_id=${PK}`,
    requests: [
      action(`remove_follower/${PK}`, { ...ACTION, user_id: PK }, status({ followed_by: false })),
    ],
  },
  {
    operation: "postAccountFollowRequestApprove",
    call: "POST /account/follow/request/approve",
    form: { user_id: PK },
    requests: [action(`approve/${PK}`, { ...ACTION, user_id: PK }, status({ followed_by: true }))],
  },
  {
    operation: "deleteAccountFollowRequest",
    call: `DELETE /account/follow/request?user_id=${PK}`,
    requests: [action(`ignore/${PK}`, { ...ACTION, user_id: PK }, status({ followed_by: false }))],
  },
  ...pair(["postUserBlock", "deleteUserBlock"], "/user/block", [
    action(
      `block/${PK}`,
      {
        surface: "profile",
        is_auto_block_enabled: "false",
        user_id: PK,
        _uid: OWN_PK,
        _uuid: "<session.uuid>",
      },
      status({ blocking: true }),
    ),
    unblock("profile"),
  ]),
  {
    operation: "postUserBlock",
    call: "POST /user/block",
    form: { user_id: PK, surface: "direct_thread_info" },
    requests: [
      action(
        `block/${PK}`,
        {
          surface: "direct_thread_info",
          is_auto_block_enabled: "false",
          user_id: PK,
          _uid: OWN_PK,
          _uuid: "<session.uuid>",
          client_request_id: "<session.request_id>",
        },
        status({ blocking: true }),
      ),
    ],
  },
  {
    operation: "deleteUserBlock",
    call: `DELETE /user/block?user_id=${PK}&surface=direct_thread_info`,
    requests: [unblock("direct_thread_info", { client_request_id: "<session.request_id>" })],
  },
  {
    // Another page of the app stands as it is given.
    operation: "deleteUserBlock",
    call: `DELETE /user/block?user_id=${PK}&surface=self_profile`,
    requests: [unblock("self_profile")],
  },
  ...pair(["postUserCloseFriend", "deleteUserCloseFriend"], "/user/close-friend", [
    besties([PK], []),
    besties([], [PK]),
  ]),
  ...pair(["postUserMutePosts", "deleteUserMutePosts"], "/user/mute/posts", [
    mute("mute", "target_posts_author_id"),
    mute("unmute", "target_posts_author_id"),
  ]),
  {
    operation: "postUserMutePosts",
    call: "POST /user/mute/posts",
    form: { user_id: PK, revert: "true" },
    requests: [mute("unmute", "target_posts_author_id")],
  },
  ...pair(["postUserMuteStories", "deleteUserMuteStories"], "/user/mute/stories", [
    mute("mute", "target_reel_author_id"),
    mute("unmute", "target_reel_author_id"),
  ]),
  {
    operation: "postUserMuteStories",
    call: "POST /user/mute/stories",
    form: { user_id: PK, revert: "true" },
    requests: [mute("unmute", "target_reel_author_id")],
  },
  ...pair(
    ["postUserNotificationsPosts", "deleteUserNotificationsPosts"],
    "/user/notifications/posts",
    [announce("favorite"), announce("unfavorite")],
  ),
  ...pair(
    ["postUserNotificationsStories", "deleteUserNotificationsStories"],
    "/user/notifications/stories",
    [announce("favorite_for_stories"), announce("unfavorite_for_stories")],
  ),
  ...pair(
    ["postUserNotificationsReels", "deleteUserNotificationsReels"],
    "/user/notifications/reels",
    [announce("favorite_for_clips"), announce("unfavorite_for_clips")],
  ),
  ...pair(
    ["postUserNotificationsVideos", "deleteUserNotificationsVideos"],
    "/user/notifications/videos",
    [announce("favorite_for_igtv"), announce("unfavorite_for_igtv")],
  ),
];
