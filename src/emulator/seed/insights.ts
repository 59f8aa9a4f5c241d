import type { JsonObject } from "../answer.ts";
import { pictureOf } from "./made.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post, PostKind } from "./posts.ts";

/** What insights call the kinds of posts. */
export const MEDIA_TYPES: Readonly<Record<PostKind, string>> = {
  photo: "IMAGE",
  video: "VIDEO",
  clip: "VIDEO",
  carousel: "CAROUSEL_V2",
};

/** What posts can be sorted by. */
export const ORDERINGS = [
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
export type Ordering = (typeof ORDERINGS)[number];

/** A post with the counts that everybody sees on it. */
export interface CountedPost {
  readonly post: Post;
  readonly likes: number;
  readonly comments: number;
  readonly views: number;
}

/** One figure of a post. */
export function figureOf(
  { post, likes, comments, views }: CountedPost,
  ordering: Ordering,
): number {
  // Nobody but its owner has seen a post that was made in this world.
  const reach = post.made ? 0 : 300 + (mix(post.hash, 96) % 9_000);
  switch (ordering) {
    case "REACH_COUNT":
      return reach;
    case "IMPRESSION_COUNT":
      return Math.floor(reach * 1.4);
    case "LIKE_COUNT":
      return likes;
    case "COMMENT_COUNT":
      return comments;
    case "VIDEO_VIEW_COUNT":
      return views;
    default:
      return post.made ? 0 : mix(post.hash, 97, ORDERINGS.indexOf(ordering)) % 120;
  }
}

/** A post with its figures, as single answers and lists have it. */
export function postInsights(counted: CountedPost): JsonObject {
  const { post, likes, comments } = counted;
  const { pk, owner } = post;
  const figure = (ordering: Ordering): number => figureOf(counted, ordering);
  const uri = pictureOf(post, 480, 600);
  return {
    id: `${18_000_000_000_000_000n + (pk & 0xffffffffn)}`,
    creation_time: Math.floor(post.takenAt / 1_000),
    has_product_tags: false,
    instagram_media_id: `${pk}`,
    instagram_media_owner_id: `${owner.pk}`,
    instagram_media_type: MEDIA_TYPES[post.kind],
    instagram_actor: { instagram_actor_id: `${owner.pk}`, id: `${owner.pk}` },
    image: { uri, width: 480, height: 600 },
    display_url: uri,
    comment_count: comments,
    like_count: likes,
    save_count: figure("SAVE_COUNT"),
    engagement: comments + likes + figure("SAVE_COUNT"),
    video_view_count: MEDIA_TYPES[post.kind] === "VIDEO" ? figure("VIDEO_VIEW_COUNT") : null,
    ad_media: null,
    organic_instagram_media_id: `${pk}`,
    shopping_outbound_click_count: 0,
    shopping_product_click_count: 0,
    inline_insights_node: {
      state: "AVAILABLE",
      metrics: {
        reach_count: figure("REACH_COUNT"),
        impression_count: figure("IMPRESSION_COUNT"),
        owner_profile_views_count: figure("PROFILE_VIEW"),
        owner_account_follows_count: figure("FOLLOW"),
        share_count: { tray: { nodes: [], value: 0 }, post: { value: figure("SHARE_COUNT") } },
        profile_actions: {
          actions: {
            nodes: [{ name: "BIO_LINK_CLICKED", value: figure("BIO_LINK_CLICK") }],
            value: figure("BIO_LINK_CLICK"),
          },
        },
      },
      error: null,
    },
  };
}

/** The figures of an account without its posts. `followers` and `posts` are the current counts. */
export function accountInsights(
  person: Person,
  { followers, posts }: { followers: number; posts: number },
): JsonObject {
  const number = (which: number, most: number): number => mix(person.slot, 98, which) % most;
  const graph = (which: number, labels: readonly string[]): JsonObject => ({
    data_points: labels.map((label, index) => ({ label, value: number(which * 20 + index, 100) })),
  });
  return {
    account_insights_unit: {
      reach_metric_count: number(1, 50_000),
      reach_metric_delta: number(2, 2_000) - 1_000,
      impressions_metric_count: number(3, 90_000),
      impressions_metric_delta: number(4, 2_000) - 1_000,
      profile_visits_metric_count: number(5, 900),
      profile_visits_metric_delta: number(6, 100) - 50,
      website_visits_metric_count: number(7, 90),
      website_visits_metric_delta: number(8, 20) - 10,
      last_week_impressions: number(9, 90_000),
    },
    followers_unit: {
      followers_unit_state: "AVAILABLE",
      followers_count: followers,
      followers_delta_from_last_week: number(10, 60) - 20,
      gender_graph: graph(1, ["MEN", "WOMEN"]),
      all_followers_age_graph: graph(2, ["18-24", "25-34", "35-44", "45-54", "55+"]),
      followers_top_cities_graph: graph(3, ["Berlin", "São Paulo", "東京"]),
      followers_top_countries_graph: graph(4, ["DE", "BR", "JP"]),
      week_daily_followers_graph: graph(5, "Mon Tue Wed Thu Fri Sat Sun".split(" ")),
    },
    account_summary_unit: {
      posts_count: posts,
      last_week_posts_count: number(11, 6),
      week_over_week_posts_delta: number(12, 6) - 3,
    },
    stories_unit: { state: "NO_STORIES", last_week_stories_count: 0 },
    promotions_unit: { summary_promotions: { edges: [] } },
    status: { account_type: "BUSINESS" },
  };
}
