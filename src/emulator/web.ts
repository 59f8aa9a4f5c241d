import { type JsonObject, json, notFoundPage, ok, type Refusal, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { placeOf, sizeOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { mix } from "./seed/numbers.ts";
import type { Person } from "./seed/people.ts";
import { type Post, pkOfShortcode } from "./seed/posts.ts";
import { avatarOf, bioLinksOf, websiteOf } from "./seed/user-shape.ts";
import { pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";
import { findPerson, shownTo } from "./user.ts";
import { identify } from "./verify.ts";
import type { World } from "./world.ts";

/** Document id of the query for a profile by user id. */
const PROFILE_DOC_ID = "26762473490008061";
/** Document id of the query for a post by shortcode. */
const MEDIA_DOC_ID = "8845758582119845";
/** Name of the query for a profile: some clients send another document id with it. */
const PROFILE_QUERY = "PolarisProfilePageContentQuery";
/** Hash of the query for the users who like a comment. */
const COMMENT_LIKERS_HASH = "5f0b1f6281e72053cbc07909c8d154ae";
const LARGEST_PAGE = 50;

/** The website, as far as the app's clients use it. */
export const WEB: readonly Route[] = [
  {
    method: "GET",
    path: "/share/p/{code}/",
    service: "web",
    access: "open",
    handle: (exchange) => share(exchange),
  },
  {
    method: "GET",
    path: "/share/reel/{code}/",
    service: "web",
    access: "open",
    handle: (exchange) => share(exchange),
  },
  {
    method: "POST",
    path: "/graphql/query/",
    service: "web",
    // Everybody may see public posts; graphql() demands a session for everything else.
    access: "open",
    body: "form",
    requiredFields: ["variables", "doc_id"],
    handle: graphql,
  },
  {
    method: "GET",
    path: "/graphql/query/",
    service: "web",
    access: "cookie",
    requiredQuery: ["variables", "query_hash"],
    handle: hashedQuery,
  },
  {
    method: "GET",
    path: "/api/v1/users/web_profile_info/",
    service: "web",
    access: "cookie",
    handle: ({ world, viewer, query }) => {
      const found = world.people.byUsername(query.get("username") ?? "");
      return ok({ data: { user: webProfile(world, shownTo(world, viewer, found)) } });
    },
  },
];

/** Share links have codes of their own (`BA…`) that lead to a post; shortcodes are accepted, too. */
function share(exchange: Exchange): Response {
  const post = sharedPost(exchange, exchange.param("code"));
  if (post === undefined) return notFoundPage();
  const kind = post.kind === "clip" ? "reel" : "p";
  return new Response(null, {
    status: 302,
    headers: { Location: `https://www.instagram.com/${kind}/${post.code}/` },
  });
}

function sharedPost({ world }: Exchange, code: string): Post | undefined {
  const { posts, people } = world.seed;
  const pk = pkOfShortcode(code);
  const own = pk === undefined ? undefined : posts.byPk(pk);
  if (own !== undefined || !/^BA[\w-]{4,20}$/.test(code)) return own;
  let hash = 0;
  for (let at = 0; at < code.length; at++) hash = mix(hash, code.charCodeAt(at));
  return posts.of(people.instagram, hash % people.instagram.postCount);
}

function graphql(exchange: Exchange): Response {
  const { world, fields, request } = exchange;
  if (textField(fields, "doc_id") === MEDIA_DOC_ID) return publicPost(exchange);
  const { viewer } = identify(request.headers, "cookie", world);
  const name = request.headers.get("x-fb-friendly-name");
  if (textField(fields, "doc_id") !== PROFILE_DOC_ID && name !== PROFILE_QUERY)
    throw unknownQuery();
  const id = variableOf(textField(fields, "variables") ?? "", "id");
  const person = shownTo(world, viewer, findPerson(world, id));
  return json(
    `{"data":{"user":${world.userText(person)},"viewer":null},"extensions":{"is_final":true},"status":"ok"}`,
  );
}

/** A post as the website shows it to everybody; null for a post of a private account. */
function publicPost({ world, fields }: Exchange): Response {
  const pk = pkOfShortcode(variableOf(textField(fields, "variables") ?? "", "shortcode"));
  const post = pk === undefined ? undefined : world.posts.byPk(pk);
  if (post === undefined || post.owner.isPrivate)
    return ok({ data: { xdt_shortcode_media: null }, extensions: { is_final: true } });
  const { owner } = post;
  return ok({
    data: {
      xdt_shortcode_media: {
        __typename: WEB_TYPES[post.kind],
        id: String(post.pk),
        shortcode: post.code,
        owner: {
          id: String(owner.pk),
          username: owner.username,
          full_name: owner.fullName,
          profile_pic_url: avatarOf(owner, 150),
          is_private: false,
          is_verified: owner.isVerified,
        },
        taken_at_timestamp: Math.floor(post.takenAt / 1000),
        is_video: post.kind === "video" || post.kind === "clip",
      },
    },
    extensions: { is_final: true },
  });
}

const WEB_TYPES = {
  photo: "XDTGraphImage",
  video: "XDTGraphVideo",
  clip: "XDTGraphVideo",
  carousel: "XDTGraphSidecar",
} as const;

const unknownQuery = (): Refusal =>
  refuse(400, "execution error", undefined, {
    errors: [{ message: "The GraphQL document with this ID was not found.", severity: "CRITICAL" }],
  });

/** Who likes a comment, page by page; null for a comment that does not exist or may not be seen. */
function hashedQuery({ world, viewer, query }: Exchange): Response {
  if (query.get("query_hash") !== COMMENT_LIKERS_HASH) throw unknownQuery();
  const variables = query.get("variables") ?? "";
  const id = variableOf(variables, "comment_id");
  const comment = world.comments.byId(id);
  if (comment === undefined || !world.canSee(viewer, comment.post.owner))
    return ok({ data: { comment: null } });
  const name = `likers of comment ${id}`;
  const start = placeOf(variableOf(variables, "after", ""), name, "after");
  const size = sizeOf(variableOf(variables, "first", ""), LARGEST_PAGE, LARGEST_PAGE);
  const likers = world.comments.likes.to(comment);
  const { items, next } = pageOf(likers, start, size);
  const more = next !== undefined;
  return ok({
    data: {
      comment: {
        edge_liked_by: {
          count: likers.count,
          page_info: { has_next_page: more, end_cursor: more ? issueCursor(name, next) : "" },
          edges: items.map((person) => ({ node: likerNode(person) })),
        },
      },
    },
  });
}

function likerNode(person: Person): JsonObject {
  return {
    id: String(person.pk),
    username: person.username,
    full_name: person.fullName,
    profile_pic_url: avatarOf(person, 150),
    is_private: person.isPrivate,
    is_verified: person.isVerified,
    followed_by_viewer: false,
    requested_by_viewer: false,
  };
}

/**
 * A variable of a query; `missing` where the query does not have it. Throws a Refusal (400) for broken
 * variables, and for a missing one without `missing`.
 */
function variableOf(text: string, name: string, missing?: string): string {
  try {
    const variables: unknown = JSON.parse(text);
    if (typeof variables === "object" && variables !== null) {
      if (name in variables) return String((variables as Record<string, unknown>)[name]);
      if (missing !== undefined) return missing;
    }
  } catch {
    // Falls through to the refusal.
  }
  throw refuse(400, "Invalid variables");
}

function webProfile(world: World, person: Person): JsonObject {
  const { followers, following, posts } = world.counts(person);
  return {
    id: String(person.pk),
    username: person.username,
    full_name: person.fullName,
    biography: person.biography,
    bio_links: bioLinksOf(person),
    external_url: websiteOf(person) || null,
    is_private: person.isPrivate,
    is_verified: person.isVerified,
    is_business_account: person.isBusiness,
    is_professional_account: person.isBusiness,
    business_email: null,
    business_phone_number: null,
    business_category_name: null,
    category_name: null,
    profile_pic_url: avatarOf(person, 150),
    profile_pic_url_hd: avatarOf(person, 320),
    edge_followed_by: { count: followers },
    edge_follow: { count: following },
    edge_owner_to_timeline_media: {
      count: posts,
      page_info: { has_next_page: false, end_cursor: "" },
      edges: [],
    },
    pinned_channels_info: { pinned_channels_list: [] },
  };
}
