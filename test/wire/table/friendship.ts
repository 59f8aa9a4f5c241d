import type { Row } from "./row.ts";
import { lookUp } from "./user.ts";

const LIST = "search_surface=follow_list_page&query=&enable_groups=true";
const asking = (pk: string) => ({ pk, id: pk, username: `u${pk}` });

export const friendshipRows: Row[] = [
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
    operation: "getUserFollowRequests",
    call: "GET /user/follow/requests",
    requests: [
      {
        send: "GET /api/v1/friendships/pending/?count=50",
        answer: { users: [asking("1")], big_list: false, status: "ok" },
      },
    ],
  },
  {
    // Read on until there are enough, the same count in every request.
    operation: "getUserFollowRequests",
    call: "GET /account/follow/requests?amount=3&cursor=QVFCfirst",
    requests: [
      {
        send: "GET /api/v1/friendships/pending/?count=3&max_id=QVFCfirst",
        answer: { users: [asking("1"), asking("2")], next_max_id: "QVFCsecond", status: "ok" },
      },
      {
        send: "GET /api/v1/friendships/pending/?count=3&max_id=QVFCsecond",
        answer: { users: [asking("3")], next_max_id: "QVFCthird", status: "ok" },
      },
    ],
  },
];
