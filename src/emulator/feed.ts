import { json, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { sessionHeaders } from "./login-answer.ts";
import type { Post } from "./nature/posts.ts";
import type { Exchange, Route } from "./router.ts";
import { issueCursor, readCursor } from "./token.ts";

/** Posts on a page of the home timeline, and on all its pages. */
const TIMELINE_PAGE = 8;
const TIMELINE_LENGTH = 180;

/** What the app opens with. */
export const FEED: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/feed/timeline/",
    body: "json",
    requires: ["reason", "_uuid"],
    handle: timeline,
  },
  {
    method: "POST",
    path: "/api/v1/feed/reels_tray/",
    requires: ["reason"],
    handle: (exchange) =>
      ok(
        {
          tray: [],
          broadcasts: [],
          story_ranking_token: "emulator",
          sticker_version: 1,
          face_filter_nux_version: 0,
          has_new_nux_story: false,
          stories_viewer_gestures_nux_eligible: false,
        },
        sessionHeaders(exchange),
      ),
  },
];

/** What comes with every page of the timeline. */
const AROUND_TIMELINE = {
  is_direct_v2_enabled: true,
  view_state_version: "emulator",
  client_feed_changelist_applied: false,
  pull_to_refresh_window_ms: 60_000,
  preload_distance: 6,
  feed_pill_text: "New posts",
  hide_like_and_view_counts: 0,
  is_shell_response: false,
  use_aggressive_first_tail_load: false,
  client_gap_enforcer_matrix: [],
  startup_prefetch_configs: {
    explore: { containermodule: "explore_popular", should_prefetch: false },
  },
};

/** The home timeline: posts of `instagram`, between them the newest of those one follows. */
function timeline(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const cursor = textField(fields, "max_id") ?? "";
  const list = `timeline ${viewer.pk}`;
  const start = cursor === "" ? 0 : readCursor(list, cursor);
  if (start === undefined) throw refuse(400, "Invalid max_id");
  const following = world.following(viewer);
  const items: string[] = [];
  let position = start;
  for (; position < TIMELINE_LENGTH && items.length < TIMELINE_PAGE; position++) {
    const post = timelinePost(exchange, following, position);
    if (post === undefined) continue;
    items.push(`{"media_or_ad":${world.mediaText(viewer, post)}}`);
  }
  const more = position < TIMELINE_LENGTH;
  // The last page ends with an entry that is no post.
  if (!more) items.push('{"end_of_feed_demarcator":{"id":"1","title":"You\'re All Caught Up"}}');
  const next = more ? `,"next_max_id":${JSON.stringify(issueCursor(list, position))}` : "";
  const around = JSON.stringify({
    ...AROUND_TIMELINE,
    request_id: textField(fields, "request_id"),
    session_id: textField(fields, "session_id"),
    client_session_id: textField(fields, "client_session_id"),
  });
  return json(
    `{"num_results":${items.length},"more_available":${more},"auto_load_more_enabled":true,` +
      `"feed_items":[${items.join(",")}],${around.slice(1, -1)}${next},"status":"ok"}`,
    200,
    sessionHeaders(exchange),
  );
}

function timelinePost(
  { world }: Exchange,
  following: ReturnType<Exchange["world"]["following"]>,
  position: number,
): Post | undefined {
  const { posts, people } = world.nature;
  const turn = Math.floor(position / 3);
  if (position % 3 !== 2) return posts.of(people.instagram, position - turn);
  const person = turn < following.length ? following.at(turn) : undefined;
  const fits = person !== undefined && person.postCount > 0 && person.pk !== people.instagram.pk;
  return fits ? posts.of(person, 0) : undefined;
}
