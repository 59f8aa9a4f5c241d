import { invalidParameter, json, notAuthorizedToViewUser, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { sessionHeaders } from "./login-answer.ts";
import type { Post } from "./nature/posts.ts";
import { countOf, timeOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { issueCursor, readCursor } from "./token.ts";
import { shownPersonOf } from "./user.ts";

const USUAL_PAGE = 12;
const LARGEST_PAGE = 50;

/** Posts on a page of the home timeline, and on all its pages. */
const TIMELINE_PAGE = 8;
const TIMELINE_LENGTH = 180;

/** Lists of posts. */
export const FEED: readonly Route[] = [
  { method: "GET", path: "/api/v1/feed/user/{id}/", handle: userFeed },
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

/** A user's posts, newest first. Its cursor is the id of the last post, as upstream. */
function userFeed(exchange: Exchange): Response {
  const { world, viewer, query } = exchange;
  const owner = shownPersonOf(exchange);
  if (!world.canSee(viewer, owner)) throw notAuthorizedToViewUser();
  const size = countOf(query, USUAL_PAGE, LARGEST_PAGE);
  const oldest = timeOf(query, "min_timestamp") ?? Number.NEGATIVE_INFINITY;
  const newest = timeOf(query, "max_timestamp") ?? Number.POSITIVE_INFINITY;
  const items: Post[] = [];
  let more = false;
  for (let position = afterCursor(exchange, owner.pk); position < owner.postCount; position++) {
    const post = world.nature.posts.of(owner, position);
    const takenAt = Math.floor(post.takenAt / 1_000);
    if (takenAt > newest) continue;
    if (takenAt < oldest) break;
    more = items.length === size;
    if (more) break;
    items.push(post);
  }
  const last = items.at(-1);
  const cursor = more && last !== undefined ? `,"next_max_id":"${last.pk}_${owner.pk}"` : "";
  return json(
    `{"items":[${items.map((post) => world.mediaText(viewer, post)).join(",")}],` +
      `"num_results":${items.length},"more_available":${more},"auto_load_more_enabled":true,` +
      `"user":${world.nature.shortText(owner)}${cursor},"status":"ok"}`,
  );
}

function afterCursor({ world, query }: Exchange, ownerPk: number): number {
  const cursor = query.get("max_id") ?? "";
  if (cursor === "") return 0;
  const post = world.nature.posts.byMediaId(cursor);
  if (post === undefined || post.owner.pk !== ownerPk) throw invalidParameter("max_id");
  return post.position + 1;
}

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
  return json(
    `{"num_results":${items.length},"more_available":${more},"auto_load_more_enabled":true,` +
      `"feed_items":[${items.join(",")}],"is_direct_v2_enabled":true,"view_state_version":"emulator",` +
      `"client_feed_changelist_applied":false,"pull_to_refresh_window_ms":60000${next},"status":"ok"}`,
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
