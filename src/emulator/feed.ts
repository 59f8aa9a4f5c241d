import { json } from "./answer.ts";
import { textField } from "./body.ts";
import { sessionHeaders } from "./login-answer.ts";
import { positionOf } from "./page.ts";
import { mediaTexts, postsPage } from "./post-page.ts";
import type { Exchange, Route } from "./router.ts";
import type { Person } from "./seed/people.ts";
import type { Post } from "./seed/posts.ts";
import type { ComputedList } from "./store/list.ts";
import { reelText } from "./story.ts";
import { issueCursor } from "./token.ts";

/** Posts on a page of the home timeline. */
const TIMELINE_PAGE = 8;
/** Positions of the seeded timeline. */
const TIMELINE_LENGTH = 180;
/** The posts of this world come before them: so many of the newest, so that the seeded ones keep their positions. */
const MOST_MADE = 60;

/** What the app shows first: the home timeline and the tray of stories. */
export const FEED: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/feed/timeline/",
    body: "json",
    requiredFields: ["reason", "_uuid"],
    handle: timeline,
  },
  {
    method: "POST",
    path: "/api/v1/feed/reels_tray/",
    requiredFields: ["reason"],
    body: "form",
    handle: reelsTray,
  },
];

/** Fields that are the same on every page of the timeline. */
const TIMELINE_FIELDS = {
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

/** The home timeline: what followed users and the viewer have posted in this world, then posts of `instagram` and, in between, the newest posts of followed users. */
function timeline(exchange: Exchange): Response {
  const { viewer, fields } = exchange;
  const list = `timeline ${viewer.pk}`;
  const start = positionOf(textField(fields, "max_id") ?? "", list);
  const { items, next } = postsPage(exchange, timelineOf(exchange), start, TIMELINE_PAGE);
  const entries = mediaTexts(exchange, items).map((text) => `{"media_or_ad":${text}}`);
  // The last page ends with an entry that is no post.
  if (next === undefined)
    entries.push('{"end_of_feed_demarcator":{"id":"1","title":"You\'re All Caught Up"}}');
  const around = JSON.stringify({
    num_results: entries.length,
    more_available: next !== undefined,
    auto_load_more_enabled: true,
    ...TIMELINE_FIELDS,
    request_id: textField(fields, "request_id"),
    session_id: textField(fields, "session_id"),
    client_session_id: textField(fields, "client_session_id"),
    next_max_id: next === undefined ? undefined : issueCursor(list, next),
    status: "ok",
  });
  return json(
    `{"feed_items":[${entries.join(",")}],${around.slice(1)}`,
    200,
    sessionHeaders(exchange),
  );
}

function timelineOf({ world, viewer }: Exchange): ComputedList<Post> {
  const { posts, people } = world.seed;
  const { follows, attention } = world.friendships;
  const following = follows.of(viewer).byPlace;
  const isMuted = (owner: Person) => attention.muted.posts.has(viewer, owner);
  const made = world.posts.made.filter(
    ({ owner }) => owner.pk === viewer.pk || (follows.has(viewer, owner) && !isMuted(owner)),
  );
  return {
    length: MOST_MADE + TIMELINE_LENGTH,
    at(place) {
      if (place < MOST_MADE) return made[place];
      const position = place - MOST_MADE;
      const turn = Math.floor(position / 3);
      if (position % 3 !== 2)
        return isMuted(people.instagram) ? undefined : posts.of(people.instagram, position - turn);
      const person = turn < following.length ? following.at(turn) : undefined;
      // Posts of `instagram` have positions of their own.
      const isShown = person !== undefined && person.pk !== people.instagram.pk && !isMuted(person);
      return isShown ? world.posts.newestSeeded(person) : undefined;
    },
  };
}

/** Most users in the tray in addition to the viewer. */
const LONGEST_TRAY = 60;

/** Users who show stories now: the viewer, then followed users, newest story first, muted ones last. */
function reelsTray(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const muted = world.friendships.attention.muted.stories;
  const isMuted = (owner: Person) => muted.has(viewer, owner);
  const newestFirst = [...world.friendships.follows.of(viewer)]
    .map((owner) => ({ owner, latest: world.storiesFor(viewer, owner).at(-1)?.takenAt }))
    .filter(({ latest }) => latest !== undefined)
    .sort(
      (one, other) =>
        Number(isMuted(one.owner)) - Number(isMuted(other.owner)) ||
        (other.latest ?? 0) - (one.latest ?? 0),
    )
    .slice(0, LONGEST_TRAY);
  const tray = [viewer, ...newestFirst.map(({ owner }) => owner)].flatMap((owner) => {
    const text = reelText(exchange, owner, false);
    return text === undefined ? [] : [`${text.slice(0, -1)},"muted":${isMuted(owner)}`];
  });
  const ranked = tray.map(
    (text, index) => `${text},"ranked_position":${index + 1},"seen_ranked_position":${index + 1}}`,
  );
  const around = JSON.stringify({
    broadcasts: [],
    story_ranking_token: "emulator",
    sticker_version: 1,
    face_filter_nux_version: 0,
    has_new_nux_story: false,
    stories_viewer_gestures_nux_eligible: false,
    status: "ok",
  });
  return json(`{"tray":[${ranked.join(",")}],${around.slice(1)}`, 200, sessionHeaders(exchange));
}
