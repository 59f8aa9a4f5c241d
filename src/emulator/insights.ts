import { invalidParameter, type JsonObject, ok, refuse } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { positionOf, sizeOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import {
  accountInsights,
  type CountedPost,
  figureOf,
  MEDIA_TYPES,
  ORDERINGS,
  type Ordering,
  postInsights,
} from "./seed/insights.ts";
import { playsOf } from "./seed/media-shape.ts";
import type { Post } from "./seed/posts.ts";
import { issueCursor } from "./token.ts";

/** Figures of professional accounts: queries by document id, of today's app and of older ones. */
export const INSIGHTS: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/ads/graphql/",
    body: "form",
    requiredFields: ["doc_id"],
    handle: (exchange) => {
      const asked = readQuery(exchange.fields);
      return ok({ data: asked.query(exchange, asked.variables, asked.names) });
    },
  },
];

/** Most posts in one answer. */
const LARGEST_PAGE = 25;
/** Posts in the answer about the account. */
const TOP_POSTS = 6;

type Query = (exchange: Exchange, variables: Fields, names: Names) => JsonObject;

/** Names of fields in answers. */
interface Names {
  readonly account: string;
  readonly media: string;
}
const NEW_NAMES: Names = { account: "shadow_instagram_user", media: "instagram_post_by_igid" };
const OLD_NAMES: Names = { account: "user", media: "media" };

const QUERIES: ReadonlyMap<string, Query> = new Map([
  ["2449243051851783", account],
  ["2345520318892697", mediaFeed],
  ["3221905377882880", media],
]);
const OLD_QUERIES: ReadonlyMap<string, Query> = new Map([
  ["2552829571413315", account],
  ["1981884911894608", mediaFeed],
  ["2009845309144121", media],
]);

/**
 * The query of a request. Today's app signs it, with the document's id as a number and the variables in
 * `query_params`; older apps send `variables` in a plain form.
 */
function readQuery(fields: Fields): { query: Query; variables: Fields; names: Names } {
  const isOld = fields.query_params === undefined;
  if (!isOld && typeof fields.doc_id !== "number") throw refuse(400, "Missing signed_body");
  const name = isOld ? "variables" : "query_params";
  const query = (isOld ? OLD_QUERIES : QUERIES).get(textField(fields, "doc_id") ?? "");
  if (query === undefined) throw invalidParameter("doc_id");
  const variables = objectIn(textField(fields, name));
  if (variables === undefined) throw invalidParameter(name);
  return { query, variables, names: isOld ? OLD_NAMES : NEW_NAMES };
}

function objectIn(text: string | undefined): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}

function account(exchange: Exchange, variables: Fields, names: Names): JsonObject {
  const { world, viewer } = exchange;
  return {
    [names.account]: ofAccount(exchange, variables.query_params, () => ({
      ...accountInsights(viewer, world.counts(viewer)),
      top_posts_unit: {
        top_posts: page(postsBy(exchange, "REACH_COUNT"), 0, TOP_POSTS, () => null),
      },
    })),
  };
}

/** The account's part of an answer; without figures where it is not professional or not the viewer's. */
function ofAccount(
  { viewer }: Exchange,
  parameters: unknown,
  figures: () => JsonObject,
): JsonObject {
  const id = textField(fieldsOf(parameters) ?? {}, "id");
  const shown = viewer.isBusiness && id === String(viewer.pk);
  return {
    id: `${viewer.pk}`,
    instagram_user_id: `${viewer.pk}`,
    username: viewer.username,
    business_manager: shown ? figures() : null,
  };
}

/** Length in days of each time frame, which ends with the account's newest post. */
const DAYS: Readonly<Record<string, number>> = {
  ONE_WEEK: 7,
  ONE_MONTH: 30,
  THREE_MONTHS: 90,
  SIX_MONTHS: 180,
  ONE_YEAR: 365,
  TWO_YEARS: 730,
};

function mediaFeed(exchange: Exchange, variables: Fields, names: Names): JsonObject {
  const type = textField(variables, "postType") ?? "ALL";
  const frame = textField(variables, "timeframe") ?? "TWO_YEARS";
  const ordering = orderingOf(textField(variables, "dataOrdering") ?? "REACH_COUNT");
  const days = DAYS[frame];
  if (days === undefined) throw invalidParameter("timeframe");
  const list = `insights ${exchange.viewer.pk} ${type} ${frame} ${ordering}`;
  const size = sizeOf(textField(variables, "count") ?? "", LARGEST_PAGE, LARGEST_PAGE);
  const start = positionOf(textField(variables, "cursor") ?? "", list, "cursor");
  return {
    [names.account]: ofAccount(exchange, variables.queryParams, () => {
      const isInFrame = isWithin(exchange.world.posts.newest(exchange.viewer), days);
      const posts = postsBy(exchange, ordering).filter(
        ({ post }) => isInFrame(post) && (type === "ALL" || MEDIA_TYPES[post.kind] === type),
      );
      return {
        top_posts_unit: {
          top_posts: page(posts, start, size, (position) => issueCursor(list, position)),
        },
      };
    }),
  };
}

function orderingOf(text: string): Ordering {
  const ordering = ORDERINGS.find((name) => name === text);
  if (ordering === undefined) throw invalidParameter("dataOrdering");
  return ordering;
}

/** Whether a post is in a time frame, which ends with the newest post: answers do not change with time. */
function isWithin(newest: Post | undefined, days: number): (post: Post) => boolean {
  const from = (newest?.takenAt ?? 0) - days * 86_400_000;
  return (post) => post.takenAt > from;
}

/** The viewer's posts, highest figure first. */
function postsBy(exchange: Exchange, ordering: Ordering): CountedPost[] {
  const { world, viewer } = exchange;
  const posts = [...world.posts.all.of(viewer)].map((post) => counted(exchange, post));
  return posts.sort((a, b) => figureOf(b, ordering) - figureOf(a, ordering));
}

/** A post with the counts that everybody sees on it. */
const counted = ({ world }: Exchange, post: Post): CountedPost => ({
  post,
  likes: world.posts.likes.to(post).count,
  comments: world.comments.countUnder(post),
  views: playsOf(post),
});

function page(
  posts: readonly CountedPost[],
  start: number,
  size: number,
  cursorAt: (position: number) => string | null,
): JsonObject {
  const end = start + size;
  const more = end < posts.length;
  return {
    edges: posts.slice(start, end).map((post) => ({ node: postInsights(post) })),
    page_info: { end_cursor: more ? cursorAt(end) : null, has_next_page: more },
  };
}

/** The figures of one post; null where the post is not the viewer's or the account not professional. */
function media(exchange: Exchange, variables: Fields, names: Names): JsonObject {
  const { world, viewer } = exchange;
  const id = textField(fieldsOf(variables.query_params) ?? {}, "id") ?? "";
  const post = world.posts.byMediaId(id);
  const shown = post !== undefined && post.owner.pk === viewer.pk && viewer.isBusiness;
  return { [names.media]: shown ? postInsights(counted(exchange, post)) : null };
}
