import type { Row } from "./row.ts";

const ID = "3456789012345678901_25025320";
const COMMENTS = `/api/v1/media/${ID}/comments/`;
const REPLIES = `${COMMENTS}18000000000000011/inline_child_comments/`;
const STREAM =
  "can_support_threading=true&inventory_source=explore_story&analytics_module=comments_v2_feed_timeline&is_carousel_bumped_post=false&feed_position=1";

const USER = { pk: 25025320, username: "instagram" };
const comment = (pk: number) => ({ pk, user: USER, text: "x", created_at_utc: 1760000000 });

const likers = (variables: string, next: string | null) => ({
  send: `GET /graphql/query/?variables=${encodeURIComponent(variables)}&query_hash=5f0b1f6281e72053cbc07909c8d154ae`,
  host: "www.instagram.com",
  web: {
    Cookie:
      "sessionid=<session.sessionid>; rur=<session.ig_u_rur>; mid=<session.mid>; ds_user_id=<session.user_id>",
  },
  answer: {
    data: {
      comment: {
        edge_liked_by: {
          count: 2,
          page_info: { has_next_page: next !== null, end_cursor: next ?? "" },
          edges: [{ node: { id: "25025320", username: "instagram" } }],
        },
      },
    },
    status: "ok",
  },
});

export const commentRows: Row[] = [
  {
    operation: "getMediaComments",
    call: `GET /media/comments?media_id=${ID}&amount=3`,
    requests: [
      {
        send: `GET ${COMMENTS}`,
        answer: {
          comments: [comment(11), comment(12)],
          has_more_headload_comments: true,
          next_min_id: '{"cached_comments_cursor": "1", "bifilter_token": "KA=="}',
          status: "ok",
        },
      },
      {
        send: `POST ${COMMENTS}`,
        signed: { min_id: '{"cached_comments_cursor": "1", "bifilter_token": "KA=="}' },
        answer: { comments: [comment(13)], has_more_headload_comments: true, next_min_id: "2" },
      },
    ],
  },
  {
    operation: "getMediaComments",
    call: `GET /media/comments?media_id=${ID}&amount=4`,
    requests: [
      {
        send: `GET ${COMMENTS}`,
        // Called the last although it names a cursor: nothing more is asked for.
        answer: {
          comments: [comment(11)],
          has_more_headload_comments: false,
          next_min_id: "QVFC",
          status: "ok",
        },
      },
    ],
  },
  {
    operation: "getMediaCommentReplies",
    call: "GET /media/comment/replies?media_id=3456789012345678901&comment_id=18000000000000011&amount=2",
    requests: [
      {
        send: "GET /api/v1/media/3456789012345678901/info/",
        answer: { items: [{ pk: "3456789012345678901", user: USER }], status: "ok" },
      },
      {
        send: `GET ${REPLIES}`,
        answer: {
          child_comments: [comment(21)],
          has_more_head_child_comments: true,
          next_min_child_cursor: "QVFC",
          status: "ok",
        },
      },
      {
        send: `POST ${REPLIES}`,
        signed: { min_id: "QVFC" },
        answer: {
          child_comments: [comment(22)],
          has_more_head_child_comments: true,
          next_min_child_cursor: "QVFD",
          status: "ok",
        },
      },
    ],
  },
  {
    operation: "getMediaCommentsStream",
    call: "GET /media/comments/stream?media_id=3456789012345678901&min_id=QVFC&max_id=QVFD",
    requests: [
      {
        send: `GET /api/v1/media/3456789012345678901/stream_comments/?${STREAM}&min_id=QVFC&max_id=QVFD`,
        answer: { comments: [], status: "ok" },
      },
    ],
  },
  {
    operation: "getMediaCommentInfos",
    call: `GET /media/comment/infos?media_ids=${ID}&media_ids=3456789012345678902`,
    requests: [
      {
        send: `GET /api/v1/media/comment_infos/?can_support_carousel_mentions=false&media_ids=${ID},3456789012345678902`,
        answer: { comment_infos: {}, status: "ok" },
      },
    ],
  },
  {
    operation: "getMediaCommentLikers",
    call: "GET /media/comment/likers?comment_pk=18000000000000011&amount=2",
    requests: [
      likers('{"comment_id":"18000000000000011","first":50}', "QVFC"),
      likers('{"comment_id":"18000000000000011","first":50,"after":"QVFC"}', "QVFD"),
    ],
  },
];
