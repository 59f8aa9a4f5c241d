import type { Request, Row } from "./row.ts";

const USER = {
  user: {
    pk: 25025320,
    username: "instagram",
    media_count: 1,
    follower_count: 2,
    following_count: 3,
  },
  status: "ok",
};

/** What a username costs. */
export const lookUp: Request = { send: "GET /api/v1/users/instagram/usernameinfo/", answer: USER };

export const userRows: Row[] = [
  {
    operation: "getUser",
    call: "GET /user?user_id=%20%40InstaGram%20",
    requests: [lookUp],
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
    operation: "getUserAbout",
    call: "GET /user/about?user_id=instagram",
    requests: [
      lookUp,
      {
        send: "POST /api/v1/bloks/apps/com.instagram.interactions.about_this_account/",
        signed: {
          _uuid: "<session.uuid>",
          device_id: "<session.android_device_id>",
          referer_type: "ProfileMore",
          target_user_id: "25025320",
          bk_client_context:
            '{"bloks_version":"<session.bloks_versioning_id>","styles_id":"instagram"}',
          bloks_versioning_id: "<session.bloks_versioning_id>",
        },
        answer: { layout: {}, status: "ok" },
      },
    ],
  },
];
