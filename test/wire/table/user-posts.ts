import type { Row } from "./row.ts";
import { lookUp } from "./user.ts";

const POST = {
  pk: "3456789012345678901",
  id: "3456789012345678901_25025320",
  media_type: 1,
  taken_at: 1760000000,
  user: { pk: 25025320, username: "instagram" },
};

export const userPostsRows: Row[] = [
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
  {
    operation: "getUserClips",
    call: "GET /user/clips?user_id=3012345678901234567",
    requests: [
      {
        send: "POST /api/v1/clips/user/",
        signed:
          '{"target_user_id":3012345678901234567,"max_id":"","page_size":50,"include_feed_video":"true"}',
        answer: {
          items: [{ media: POST }],
          paging_info: { max_id: "QVFC", more_available: true },
          status: "ok",
        },
      },
    ],
  },
  {
    operation: "getUserClips",
    call: "GET /user/reels?username=instagram&amount=7&cursor=QVFCcursor%3D%3D",
    requests: [
      lookUp,
      {
        send: "POST /api/v1/clips/user/",
        signed: {
          target_user_id: 25025320,
          max_id: "QVFCcursor==",
          page_size: 7,
          include_feed_video: "true",
        },
        answer: { items: [], paging_info: { max_id: null, more_available: false }, status: "ok" },
      },
    ],
  },
  {
    operation: "getUserVideos",
    call: "GET /user/videos?user_id=25025320",
    requests: [
      {
        send: "GET /api/v1/igtv/channel/?id=uservideo_25025320&count=50&max_id=",
        answer: { items: [POST], more_available: true, max_id: "QVFC", status: "ok" },
      },
    ],
  },
  {
    operation: "getUserVideos",
    call: "GET /media/user/videos?username=%40instagram&amount=2&cursor=QVFC%3D",
    requests: [
      lookUp,
      {
        send: "GET /api/v1/igtv/channel/?id=uservideo_25025320&count=2&max_id=QVFC%3D",
        answer: { items: [], status: "ok" },
      },
    ],
  },
  {
    operation: "getUserTaggedMedias",
    call: "GET /user/tagged/medias?user_id=25025320&amount=2",
    requests: [
      {
        send: "GET /api/v1/usertags/25025320/feed/?max_id=",
        answer: { items: [POST], more_available: true, next_max_id: "QVFC", status: "ok" },
      },
    ],
  },
  {
    operation: "getUserTaggedMedias",
    call: "GET /media/usertag/medias?username=instagram&cursor=QVFC%3D",
    requests: [
      lookUp,
      {
        send: "GET /api/v1/usertags/25025320/feed/?max_id=QVFC%3D",
        answer: { items: [], status: "ok" },
      },
    ],
  },
  {
    operation: "getUserPinnedPosts",
    call: "GET /user/pinned/posts?user_id=25025320",
    requests: [
      {
        send: "GET /api/v1/feed/user/25025320/?exclude_comment=true&only_fetch_first_carousel_media=false",
        answer: { items: [POST], more_available: true, next_max_id: "QVFC", status: "ok" },
      },
    ],
  },
  {
    operation: "getUserGuides",
    call: "GET /user/guides?user_id=3012345678901234567",
    requests: [
      {
        send: "GET /api/v1/guides/user/3012345678901234567/",
        answer: { guides: [{ summary: { description: "d", cover_media: POST } }], status: "ok" },
      },
    ],
  },
];
