import type { Request, Row } from "./row.ts";

const PK = "3456789012345678901";
const ID = `${PK}_25025320`;
const COMMENT = "18000000000000011";
const OK = { status: "ok" };

const info: Request = {
  send: `GET /api/v1/media/${PK}/info/`,
  answer: {
    items: [{ pk: PK, id: ID, media_type: 1, user: { pk: 25025320, username: "instagram" } }],
    ...OK,
  },
};

const action = (path: string, fields: object, answer: object = OK): Request => ({
  send: `POST /api/v1/media/${path}`,
  signed: {
    _uuid: "<session.uuid>",
    device_id: "<session.android_device_id>",
    radio_type: "wifi-none",
    ...fields,
  },
  answer,
});

const like = (verb: string): Request =>
  action(`${COMMENT}/comment_${verb}/`, {
    is_carousel_bumped_post: "false",
    container_module: "feed_contextual_self_profile",
    feed_position: "<random 0..6>",
  });

export const commentActionRows: Row[] = [
  {
    // The owner is not looked up.
    operation: "postMediaComment",
    call: "POST /media/comment",
    form: { media_id: PK, text: "Größe 🙌", replied_to_comment_id: "0" },
    requests: [
      action(
        `${PK}/comment/`,
        {
          delivery_class: "organic",
          feed_position: "0",
          container_module: "self_comments_v2_feed_contextual_self_profile",
          user_breadcrumb: "<user_breadcrumb>",
          idempotence_token: "<uuid>",
          comment_text: "Größe 🙌",
        },
        { comment: { pk: COMMENT, text: "Größe 🙌", user: { pk: 1, username: "a" } }, ...OK },
      ),
    ],
  },
  {
    operation: "deleteMediaComment",
    call: `DELETE /media/comment?media_id=${PK}&comment_pk=${COMMENT}`,
    requests: [
      info,
      action(`${ID}/comment/bulk_delete/`, {
        comment_ids_to_delete: COMMENT,
        container_module: "self_comments_v2_newsfeed_you",
      }),
    ],
  },
  {
    operation: "postMediaCommentCheckOffensive",
    call: "POST /media/comment/check/offensive",
    form: { media_id: PK, text: "nice one" },
    requests: [
      info,
      action(
        "comment/check_offensive_comment/",
        { media_id: ID, comment_text: "nice one" },
        { is_offensive: false, ...OK },
      ),
    ],
  },
  {
    operation: "postMediaCommentLike",
    call: "POST /media/comment/like",
    form: { comment_pk: COMMENT },
    requests: [like("like")],
  },
  {
    operation: "postMediaCommentLike",
    call: "POST /media/comment/like",
    form: { comment_pk: COMMENT, revert: "true" },
    requests: [like("unlike")],
  },
  {
    operation: "deleteMediaCommentLike",
    call: `DELETE /media/comment/like?comment_pk=${COMMENT}`,
    requests: [like("unlike")],
  },
  {
    operation: "postMediaCommentPin",
    call: "POST /media/comment/pin",
    form: { media_id: PK, comment_pk: COMMENT, revert: "true" },
    requests: [action(`${PK}/unpin_comment/${COMMENT}`, { _uid: 49123456789 })],
  },
];
