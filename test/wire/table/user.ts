import type { Request, Row } from "./row.ts";

const USER = { user: { pk: 25025320, username: "instagram" }, status: "ok" };
const LIST = "search_surface=follow_list_page&query=&enable_groups=true";

const lookUp: Request = { send: "GET /api/v1/users/instagram/usernameinfo/", answer: USER };

export const userRows: Row[] = [
  {
    operation: "getUser",
    call: "GET /user?user_id=%20%40InstaGram%20",
    requests: [lookUp],
  },
  {
    operation: "getUserFollowers",
    call: "GET /user/followers?user_id=instagram&amount=1",
    requests: [
      lookUp,
      {
        send: `GET /api/v1/friendships/25025320/followers/?count=1&rank_token=<session.uuid>&${LIST}`,
        answer: { users: [{ pk: 1, username: "a" }], next_max_id: null, status: "ok" },
      },
    ],
  },
  {
    operation: "getUserFollowing",
    call: "GET /user/following?user_id=instagram&amount=1",
    requests: [
      lookUp,
      {
        send: `GET /api/v1/friendships/25025320/following/?count=1&rank_token=<session.uuid>&${LIST}`,
        answer: { users: [{ pk: 1, username: "a" }], status: "ok" },
      },
    ],
  },
  {
    operation: "getUserFriendship",
    call: "GET /user/friendship?user_id=3012345678901234567",
    requests: [
      {
        send: "GET /api/v1/friendships/show/3012345678901234567/?is_external_deeplink_profile_view=false",
        answer: { following: true, status: "ok" },
      },
    ],
  },
  {
    operation: "getUserIdFromUsername",
    call: "GET /user/id/from/username?username=instagram",
    requests: [lookUp],
  },
  {
    operation: "getUserUsernameFromId",
    call: "GET /user/username/from/id?user_id=25025320",
    requests: [
      {
        send: "GET /api/v1/users/25025320/info/?is_prefetch=false&entry_point=self_profile&from_module=self_profile&is_app_start=false",
        answer: USER,
      },
    ],
  },
  {
    operation: "getUserMedias",
    call: "GET /user/medias?user_id=25025320&amount=3&cursor=3456789012345678901_25025320",
    requests: [
      {
        send: "GET /api/v1/feed/user/25025320/?max_id=3456789012345678901_25025320&count=3&min_timestamp=&rank_token=<session.uuid>&ranked_content=true",
        answer: { items: [], more_available: false, status: "ok" },
      },
    ],
  },
];
