import {
  invalidParameter,
  type JsonObject,
  notAuthorizedToViewUser,
  notFoundPage,
  ok,
  refuse,
} from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { positionOf } from "./page.ts";
import { feedAnswer, mediaTexts, postsPage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import { sectionsPage } from "./sections.ts";
import { HIDDEN_HASHTAG } from "./seed/fixtures.ts";
import { type Hashtag, relatedHashtags } from "./seed/hashtags.ts";
import type { Post } from "./seed/posts.ts";
import { pictureUrl } from "./seed/user-shape.ts";
import type { ComputedList } from "./store/list.ts";
import { issueCursor } from "./token.ts";
import { shownPersonOf } from "./user.ts";

/** Hashtags and their posts. */
export const HASHTAG: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/tags/{name}/info/",
    handle: (exchange) => ok(info(exchange, hashtagOf(exchange))),
  },
  {
    method: "POST",
    path: "/api/v1/tags/{name}/sections/",
    body: "form",
    requiredFields: ["_uuid"],
    handle: sections,
  },
  follow("follow"),
  follow("unfollow"),
  // Where newer apps send it.
  { ...follow("follow"), service: "web" },
  { ...follow("unfollow"), service: "web" },
  { method: "GET", path: "/api/v1/users/{id}/following_tags_info/", handle: followed },
  // The path of older apps.
  { method: "GET", path: "/api/v1/feed/tag/{name}/", handle: feed },
  {
    method: "GET",
    path: "/explore/tags/{name}/",
    service: "web",
    // The website shows hashtags to everybody.
    access: "open",
    requiredQuery: ["__a", "__d"],
    handle: (exchange) => {
      const hashtag = exchange.world.hashtags.named(exchange.param("name"));
      return hashtag === undefined ? notFoundPage() : webPage(hashtag);
    },
  },
];

/** The hashtag in the path. Throws a Refusal (404) where nobody has used it. */
function hashtagOf(exchange: Exchange): Hashtag {
  const hashtag = exchange.world.hashtags.named(exchange.param("name"));
  if (hashtag === undefined) throw refuse(404, "Hashtag not found");
  return hashtag;
}

/** Makes the viewer follow the hashtag in the path, or stop that. */
function follow(action: "follow" | "unfollow"): Route {
  return {
    method: "POST",
    path: `/api/v1/web/tags/${action}/{name}/`,
    acts: "follow",
    handle: (exchange) => {
      const { viewer, fields, world } = exchange;
      const id = textField(fields, "user_id");
      if (id !== undefined && id !== String(viewer.pk)) throw invalidParameter("user_id");
      const { name } = hashtagOf(exchange);
      const { hashtags } = world.friendships.attention;
      if (action === "follow") hashtags.add(viewer, name);
      else hashtags.remove(viewer, name);
      return ok();
    },
  };
}

/** The hashtags that a user follows. */
function followed(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const person = shownPersonOf(exchange);
  if (!world.canSee(viewer, person)) throw notAuthorizedToViewUser();
  const names = [...world.friendships.attention.hashtags.of(person)];
  const tags = names.flatMap((name) => world.hashtags.named(name) ?? []);
  return ok({ tags: tags.map((hashtag) => world.hashtagShape(viewer, hashtag)) });
}

function info({ world, viewer }: Exchange, hashtag: Hashtag): JsonObject {
  const shape = world.hashtagShape(viewer, hashtag);
  return {
    ...shape,
    follow_status: shape.following === 1 ? 1 : null,
    follow_button_text: shape.following === 1 ? "Following" : "Follow",
    show_follow_drop_down: false,
    allow_muting_story: true,
    is_trending: hashtag.mediaCount > 50_000_000,
    related_tags: null,
    debug_info: null,
    subtitle: hashtag.mediaCount === 0 ? "" : "See a few top posts each week",
    social_context: "",
    social_context_profile_links: [],
    social_context_facepile_users: [],
    description: null,
  };
}

type Tab = "top" | "recent" | "clips";

/** The names of the tabs in the two fields that clients may send. */
const TABS: ReadonlyMap<string, Tab> = new Map(
  Object.entries({
    default: "top",
    top: "top",
    top_recent_posts: "recent",
    recent: "recent",
    clips: "clips",
  }),
);

const PAGE_SIZES: Readonly<Record<Tab, number>> = { top: 24, recent: 27, clips: 30 };

function sections(exchange: Exchange): Response {
  const hashtag = hashtagOf(exchange);
  const tab = tabOf(exchange.fields);
  if (hashtag.name === HIDDEN_HASHTAG) return hidden();
  const list = {
    name: `hashtag ${hashtag.name} ${tab}`,
    ...postsUnder(exchange, hashtag, tab),
    pageSize: PAGE_SIZES[tab],
    byTime: tab === "recent",
    largeTiles: tab === "top" ? ("alone" as const) : ("none" as const),
  };
  return sectionsPage(exchange, list, true);
}

/** A prime that divides the length of no list, so that a walk in these steps meets each position once. */
const TOP_STRIDE = 7_919;

function postsUnder({ world }: Exchange, hashtag: Hashtag, tab: Tab): ComputedList<Post> {
  if (tab !== "clips")
    // The top posts are the same posts in another order.
    return world.hashtags.tagged(hashtag, (position, length) =>
      tab === "top" ? (position * TOP_STRIDE) % length : position,
    );
  const { length, at } = world.hashtags.tagged(hashtag);
  return {
    length,
    at(position) {
      const post = at(position);
      return post?.kind === "clip" ? post : undefined;
    },
  };
}

const FEED_PAGE = 20;
const RANKED = 9;

/** The newest posts of a hashtag; the first page also has the top posts. */
function feed(exchange: Exchange): Response {
  const hashtag = hashtagOf(exchange);
  if (hashtag.name === HIDDEN_HASHTAG) return feedAnswer([], undefined);
  const name = `feed of hashtag ${hashtag.name}`;
  const start = positionOf(exchange.query.get("max_id") ?? "", name);
  const { items, next } = postsPage(
    exchange,
    postsUnder(exchange, hashtag, "recent"),
    start,
    FEED_PAGE,
  );
  const best =
    start > 0 ? [] : postsPage(exchange, postsUnder(exchange, hashtag, "top"), 0, RANKED).items;
  return feedAnswer(
    mediaTexts(exchange, items),
    next === undefined ? undefined : issueCursor(name, next),
    `,"ranked_items":[${mediaTexts(exchange, best).join(",")}],"story":null`,
  );
}

function tabOf(fields: Fields): Tab {
  const tab = TABS.get(textField(fields, "media_recency_filter") ?? textField(fields, "tab") ?? "");
  if (tab === undefined) throw invalidParameter("tab");
  return tab;
}

function hidden(): Response {
  return ok({
    sections: [],
    more_available: false,
    warning_message: {
      category_name: "HASHTAG_PAGE_WARNING_MESSAGE",
      body_text: "Recent posts are hidden because some may not follow Instagram's guidelines.",
    },
    null_state: { title: "This hashtag is hidden", text: "Posts can't be shown right now." },
  });
}

/** The website's page of a hashtag, with the fields that clients read. */
function webPage(hashtag: Hashtag): Response {
  return ok({
    graphql: {
      hashtag: {
        ...webShape(hashtag),
        allow_following: true,
        is_following: false,
        is_top_media_only: false,
        edge_hashtag_to_related_tags: {
          edges: relatedHashtags(hashtag).map((node) => ({ node: webShape(node) })),
        },
      },
    },
  });
}

function webShape({ id, name, mediaCount }: Hashtag) {
  return {
    id: String(id),
    name,
    profile_pic_url: mediaCount === 0 ? "" : pictureUrl(`tag_${id}`, 150, 150),
    edge_hashtag_to_media: {
      count: mediaCount,
      page_info: { has_next_page: false, end_cursor: null },
      edges: [],
    },
  };
}
