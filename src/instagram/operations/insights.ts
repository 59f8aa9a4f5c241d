import { ownPk } from "../actions.ts";
import type { Client } from "../client.ts";
import { isRefusal, notInAnswer } from "../errors.ts";
import {
  isJsonObject,
  type JsonInput,
  objectOr,
  stringifyJson,
  type VerbatimJsonObject,
} from "../json.ts";
import { collectList, cursorOf, listOf } from "../paging.ts";
import { verbatimJson } from "../readings.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/*
 * Figures of professional accounts: `POST ads/graphql/`. Each is a query by document id with its
 * variables as JSON text. The results are handed on unchanged.
 */

export const POST_TYPES = ["ALL", "CAROUSEL_V2", "IMAGE", "SHOPPING", "VIDEO"] as const;
export const TIME_FRAMES = [
  "ONE_WEEK",
  "ONE_MONTH",
  "THREE_MONTHS",
  "SIX_MONTHS",
  "ONE_YEAR",
  "TWO_YEARS",
] as const;
export const DATA_ORDERINGS = [
  "REACH_COUNT",
  "LIKE_COUNT",
  "FOLLOW",
  "SHARE_COUNT",
  "BIO_LINK_CLICK",
  "COMMENT_COUNT",
  "IMPRESSION_COUNT",
  "PROFILE_VIEW",
  "VIDEO_VIEW_COUNT",
  "SAVE_COUNT",
] as const;

/** Figures of the account itself. Throws UpstreamRefused: UserError if it is not professional. */
export async function getInsightsAccount(client: Client): Promise<VerbatimJsonObject> {
  const answer = await query(client, "account", 2449243051851783, {
    IgInsightsGridMediaImage_SIZE: 360,
    activityTab: true,
    audienceTab: true,
    contentTab: true,
    query_params: { access_token: "", id: ownPk(client) },
  });
  return businessManager(answer);
}

/** Which of the account's posts, in which order, and how many (Infinity: all). */
export interface InsightsMediaFeed {
  postType: (typeof POST_TYPES)[number];
  timeFrame: (typeof TIME_FRAMES)[number];
  dataOrdering: (typeof DATA_ORDERINGS)[number];
  count: number;
}

/**
 * The account's posts with their figures, `{node: …}` each, paged until `count`. Throws as above.
 */
export function getInsightsMediaFeed(
  client: Client,
  { postType, timeFrame, dataOrdering, count }: InsightsMediaFeed,
): Promise<VerbatimJsonObject[]> {
  return collectList({
    amount: count,
    fetchPage: async (cursor) => {
      const answer = await query(client, "post_grid", 2345520318892697, {
        IgInsightsGridMediaImage_SIZE: 480,
        count: 200,
        dataOrdering,
        postType,
        timeframe: timeFrame,
        search_base: "USER",
        is_user: "true",
        queryParams: { access_token: "", id: ownPk(client) },
        cursor: cursor === "" ? undefined : cursor,
      });
      const { top_posts_unit } = businessManager(answer);
      const { edges, page_info } = objectOr(objectOr(top_posts_unit).top_posts);
      const { has_next_page, end_cursor } = objectOr(page_info);
      return {
        items: listOf(edges, (edge) => (isJsonObject(edge) ? edge : null)),
        next: has_next_page ? cursorOf(end_cursor) : null,
      };
    },
  });
}

/**
 * Figures of one of the account's posts, by pk. Throws UpstreamRefused: MediaError if Instagram
 * shows none.
 */
export async function getInsightsMedia(
  client: Client,
  mediaPk: string,
): Promise<VerbatimJsonObject> {
  const answer = await asMediaError(() =>
    query(client, "post", 3221905377882880, {
      query_params: { access_token: "", id: mediaPk },
    }),
  );
  const { instagram_post_by_igid } = objectOr(answer.data);
  if (isJsonObject(instagram_post_by_igid)) return instagram_post_by_igid;
  throw notInAnswer("MediaError", "Instagram has no insights of this post");
}

function query(
  client: Client,
  surface: string,
  documentId: number,
  variables: JsonInput,
): Promise<VerbatimJsonObject> {
  return send(client, verbatimJson, {
    effect: "read",
    method: "POST",
    path: path`ads/graphql/`,
    body: signed({
      surface,
      doc_id: documentId,
      locale: "en_US",
      vc_policy: "insights_policy",
      strip_nulls: false,
      strip_defaults: false,
      query_params: stringifyJson(variables),
    }),
  });
}

function businessManager(answer: VerbatimJsonObject): VerbatimJsonObject {
  const { business_manager } = objectOr(objectOr(answer.data).shadow_instagram_user);
  const figures = objectOr(business_manager);
  if (Object.keys(figures).length > 0) return figures;
  throw notInAnswer("UserError", "Account is not business account");
}

/** Refusals that concern the post and not the session. They become a MediaError. */
const POST_REFUSALS = [
  "MediaNotFound",
  "MediaUnavailable",
  "InvalidMediaId",
  "PrivateAccount",
  "ClientForbiddenError",
  "ClientNotFoundError",
  "ClientErrorWithTitle",
  "ClientStatusFail",
  "UnknownError",
] as const;

async function asMediaError<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (isRefusal(error, ...POST_REFUSALS)) throw error.as("MediaError");
    throw error;
  }
}
