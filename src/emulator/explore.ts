import { invalidParameter, json } from "./answer.ts";
import { postOf } from "./media.ts";
import { positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { MixedPosts } from "./seed/mixed-posts.ts";
import type { Post } from "./seed/posts.ts";
import { issueCursor } from "./token.ts";

/** Sections on a page. */
const PAGE = 6;
/** Sections of the whole grid. */
const SECTIONS = 48;
/** Positions that a section takes its posts from; at least half of them hold one. */
const SHARE = 8;

/** The explore grid. */
export const EXPLORE: readonly Route[] = [
  { method: "GET", path: "/api/v1/discover/topical_explore/", handle: grid },
  {
    method: "GET",
    path: "/api/v1/discover/media_metadata/",
    requiredQuery: ["media_id"],
    handle: (exchange) => {
      const { world, viewer, query } = exchange;
      const post = postOf(exchange, query.get("media_id") ?? "");
      return json(`{"media_or_ad":${world.mediaText(viewer, post)},"status":"ok"}`);
    },
  },
];

const CLUSTERS = JSON.stringify([
  {
    id: "explore_all:0",
    title: "For you",
    context: "",
    description: "",
    labels: ["Explore"],
    type: "explore_all",
    name: "",
    can_mute: false,
    is_muted: false,
    debug_info: "",
    ranked_position: 0,
  },
]);

function grid(exchange: Exchange): Response {
  const { viewer, query } = exchange;
  // Only accounts with a history have other clusters than `explore_all`.
  if (!/^(?:explore_all:\d+)?$/.test(query.get("cluster_id") ?? "")) {
    throw invalidParameter("cluster_id");
  }
  const name = `explore ${viewer.pk}`;
  const start = positionOf(query.get("max_id") ?? "", name);
  const end = Math.min(start + PAGE, SECTIONS);
  const sections = Array.from({ length: end - start }, (_, turn) =>
    section(exchange, start + turn),
  );
  const more = end < SECTIONS;
  const cursor = JSON.stringify(more ? issueCursor(name, end) : "");
  const session = JSON.stringify(query.get("session_id") ?? "");
  return json(
    `{"sectional_items":[${sections.join(",")}],"clusters":${CLUSTERS},"rank_token":"emulator",` +
      `"session_paging_token":${session},"more_available":${more},"auto_load_more_enabled":${more},` +
      `"max_id":${cursor},"next_max_id":${cursor},"status":"ok"}`,
  );
}

/** Sections are in turn a Reel of two rows beside four posts, and a row of three posts. */
function section(exchange: Exchange, index: number): string {
  const { world, viewer } = exchange;
  const { posts, people } = world.seed;
  const mixed = new MixedPosts(posts, "explore", viewer, SECTIONS * SHARE);
  const candidates = Array.from({ length: SHARE }, (_, turn) => mixed.at(index * SHARE + turn));
  const shown = candidates.filter(
    (post): post is Post => post !== undefined && world.canSee(viewer, post.owner),
  );
  const media = (post: Post) => `{"media":${world.mediaText(viewer, post)}}`;
  // Reels at odd positions only: the posts at even positions are among `mixed`.
  const reel = index % 2 === 0 ? posts.clip(people.instagram, index + 1) : undefined;
  if (reel === undefined) {
    const medias = shown.slice(0, 3).map(media).join(",");
    return sectionText("media_grid", `{"medias":[${medias}]}`, 3);
  }
  const clips = `{"id":"clips_${index}","tag":"explore","design":"grid","items":[${media(reel)}],"content_source":"","max_id":"","more_available":true}`;
  return sectionText(
    index % 4 === 0 ? "one_by_two_left" : "one_by_two_right",
    `{"one_by_two_item":{"clips":${clips}},"fill_items":[${shown.slice(0, 4).map(media).join(",")}]}`,
    1,
  );
}

function sectionText(layout: string, content: string, columns: number): string {
  const info = `{"num_columns":${columns},"total_num_columns":3,"aspect_ratio":${columns === 1 ? 0.5 : 1},"autoplay":${columns === 1}}`;
  return `{"layout_type":"${layout}","layout_content":${content},"feed_type":"${columns === 1 ? "clips" : "media"}","explore_item_info":${info}}`;
}
