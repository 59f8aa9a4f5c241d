import type { Row } from "./row.ts";

/** A signed query; the account's id is a number in its variables, and a post's a text. */
const query = (surface: string, documentId: number, variables: string): string =>
  JSON.stringify({
    surface,
    doc_id: documentId,
    locale: "en_US",
    vc_policy: "insights_policy",
    strip_nulls: false,
    strip_defaults: false,
    query_params: variables,
  });
const feed = (order: string, type: string, frame: string, rest = "") =>
  query(
    "post_grid",
    2345520318892697,
    `{"IgInsightsGridMediaImage_SIZE":480,"count":200,"dataOrdering":"${order}","postType":"${type}","timeframe":"${frame}","search_base":"USER","is_user":"true","queryParams":{"access_token":"","id":<session.user_id>}${rest}}`,
  );
const posts = (ids: string[], end_cursor: string | null) => ({
  data: {
    shadow_instagram_user: {
      business_manager: {
        top_posts_unit: {
          top_posts: {
            edges: ids.map((id) => ({ node: { id } })),
            page_info: { end_cursor, has_next_page: end_cursor !== null },
          },
        },
      },
    },
  },
  status: "ok",
});
const SEND = "POST /api/v1/ads/graphql/";

export const insightsRows: Row[] = [
  {
    operation: "getInsightsAccount",
    call: "GET /insights/account",
    requests: [
      {
        send: SEND,
        signed: query(
          "account",
          2449243051851783,
          '{"IgInsightsGridMediaImage_SIZE":360,"activityTab":true,"audienceTab":true,"contentTab":true,"query_params":{"access_token":"","id":<session.user_id>}}',
        ),
        answer: posts(["1"], null),
      },
    ],
  },
  {
    operation: "getInsightsMedia",
    call: "GET /insights/media?media_pk=3456789012345678901_49123456789",
    requests: [
      {
        send: SEND,
        signed: query(
          "post",
          3221905377882880,
          '{"query_params":{"access_token":"","id":"3456789012345678901"}}',
        ),
        answer: { data: { instagram_post_by_igid: { id: "1" } }, status: "ok" },
      },
    ],
  },
  {
    operation: "getInsightsMediaFeed",
    call: "GET /insights/media/feed/all?post_type=VIDEO&time_frame=ONE_WEEK&data_ordering=SAVE_COUNT&count=4",
    requests: [
      {
        send: SEND,
        signed: feed("SAVE_COUNT", "VIDEO", "ONE_WEEK"),
        answer: posts(["1", "2"], "QVFCsecond"),
      },
      {
        send: SEND,
        signed: feed("SAVE_COUNT", "VIDEO", "ONE_WEEK", ',"cursor":"QVFCsecond"'),
        answer: posts(["3"], "QVFCthird"),
      },
      {
        send: SEND,
        signed: feed("SAVE_COUNT", "VIDEO", "ONE_WEEK", ',"cursor":"QVFCthird"'),
        answer: posts(["4"], "QVFCfourth"),
      },
    ],
  },
];
