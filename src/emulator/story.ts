import { invalidParameter, json, notAuthorizedToViewUser, ok, refuse } from "./answer.ts";
import { placeOf, positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { mix } from "./seed/numbers.ts";
import type { Person } from "./seed/people.ts";
import { isMediaId } from "./seed/posts.ts";
import { DAY, FIRST_STORIES, type Story } from "./seed/stories.ts";
import { pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";
import { shownPersonOf } from "./user.ts";

const VIEWERS_PAGE = 50;
const ARCHIVE_PAGE = 30;

/** Stories, who has seen them, and the archive. */
export const STORY: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/feed/user/{id}/story/",
    requiredQuery: ["supported_capabilities_new"],
    handle: (exchange) => {
      const owner = shownPersonOf(exchange);
      if (!exchange.world.canSee(exchange.viewer, owner)) throw notAuthorizedToViewUser();
      return json(`{"broadcast":null,"reel":${reelText(exchange, owner) ?? "null"},"status":"ok"}`);
    },
  },
  { method: "GET", path: "/api/v1/media/{id}/list_reel_media_viewer/", handle: viewers },
  {
    method: "GET",
    path: "/api/v1/archive/reel/day_shells_paginated/",
    requiredQuery: ["timezone_offset", "include_memories"],
    handle: archive,
  },
];

/** JSON text of the reel that a user shows now; undefined where there is none. The tray has no `items`. */
export function reelText(exchange: Exchange, owner: Person, withItems = true): string | undefined {
  const { world, viewer } = exchange;
  const stories = world.storiesFor(viewer, owner);
  const last = stories.at(-1);
  if (last === undefined) return undefined;
  const fields = JSON.stringify({
    id: owner.pk,
    strong_id__: String(owner.pk),
    latest_reel_media: Math.floor(last.takenAt / 1_000),
    expiring_at: Math.floor((last.takenAt + DAY) / 1_000),
    seen: seenUntil(exchange, stories),
    can_reply: owner.pk !== viewer.pk,
    can_gif_quick_reply: true,
    can_reshare: true,
    can_react_with_avatar: true,
    reel_type: "user_reel",
    ad_expiry_timestamp_in_millis: null,
    is_cta_sticker_available: null,
    should_treat_link_sticker_as_cta: null,
    prefetch_count: 0,
    media_count: stories.length,
    has_besties_media: stories.some(({ made }) => made?.isForCloseFriends),
    has_fan_club_media: false,
    has_pride_media: false,
    is_cacheable: true,
    disabled_reply_types: ["story_selfie_reply", "story_remix_reply"],
  });
  const items = withItems ? `,"items":[${storyTexts(exchange, stories)}]` : "";
  return (
    `{${fields.slice(1, -1)},"media_ids":[${stories.map(({ pk }) => pk).join(",")}],` +
    `"user":${world.shortText(owner)}${items}}`
  );
}

/** When the latest story that the viewer has seen was made, unix seconds; 0 where none was seen. */
function seenUntil({ world, viewer }: Exchange, stories: readonly Story[]): number {
  const last = stories.findLast((story) => world.stories.viewers.has(story, viewer));
  return last === undefined ? 0 : Math.floor(last.takenAt / 1_000);
}

/** JSON texts of stories, joined, as the viewer sees them; the viewer's own have counts of viewers. */
export function storyTexts({ world, viewer }: Exchange, stories: readonly Story[]): string {
  const texts = stories.map((story) => {
    const seeded = world.seed.storyText(story);
    const text = world.stories.likers.has(story, viewer)
      ? seeded.replace('"has_liked":false', '"has_liked":true')
      : seeded;
    if (story.owner.pk !== viewer.pk) return text;
    const { count } = world.stories.viewers.of(story);
    return `${text.slice(0, -1)},"viewer_count":${count},"total_viewer_count":${count}}`;
  });
  return texts.join(",");
}

/** JSON text of the story with a media id for `media/{id}/info/`; undefined as for visibleStory(). */
export function storyInfoText(exchange: Exchange, id: string): string | undefined {
  const story = visibleStory(exchange, id);
  return story && storyTexts(exchange, [story]);
}

/**
 * The story with a media id, if the viewer may see it: always its own, and others' while they are
 * shown or in a highlight.
 */
export function visibleStory({ world, viewer }: Exchange, id: string): Story | undefined {
  const { stories } = world;
  const story = stories.byMediaId(id);
  if (story === undefined || !world.seesStory(viewer, story)) return undefined;
  const isOpen = story.owner.pk === viewer.pk || stories.isShown(story) || stories.isKept(story);
  return isOpen ? story : undefined;
}

function viewers(exchange: Exchange): Response {
  const { world, viewer, query } = exchange;
  const id = exchange.param("id");
  if (!isMediaId(id)) throw refuse(400, "Invalid media_id");
  const story = world.stories.byMediaId(id);
  if (story === undefined) throw refuse(400, "Media not found or unavailable");
  if (story.owner.pk !== viewer.pk) throw refuse(403, "You are not the owner of this story");
  const list = `viewers ${story.pk}`;
  const viewers = world.stories.viewers.of(story);
  const { count } = viewers;
  const start = placeOf(query.get("max_id") ?? "", list);
  const { items, next: after } = pageOf(viewers, start, VIEWERS_PAGE);
  const users = items.map((person) => world.shortText(person));
  const seen = items.map(
    (person, index) => `{"user":${users[index]},${viewerFields(exchange, story, person)}}`,
  );
  const next = after === undefined ? "null" : JSON.stringify(issueCursor(list, after));
  return json(
    `{"users":[${users.join(",")}],"viewers":[${seen.join(",")}],"next_max_id":${next},` +
      `"user_count":${count},"total_viewer_count":${count},"total_screenshot_count":0,` +
      `"screenshotter_user_ids":[],"updated_media":null,"status":"ok"}`,
  );
}

const REPLIES = ["😍", "Where is this?", "haha"] as const;

/** What a viewer did with a story: fields as JSON text. */
function viewerFields({ world: { stories } }: Exchange, story: Story, person: Person): string {
  const hash = mix(story.hash, person.slot);
  const isNew = stories.viewers.isAdded(story, person);
  const reply =
    !isNew && hash % 9 === 0 ? { reply_text: REPLIES[(hash >>> 5) % REPLIES.length] } : {};
  const fields = JSON.stringify({
    has_liked: stories.likers.has(story, person),
    is_new_viewer: isNew || hash % 6 === 0,
    is_spam_viewer: !isNew && hash % 41 === 0,
    ...reply,
  });
  return fields.slice(1, -1);
}

/** The days on which the viewer made stories, latest first. A cursor holds the day the next page starts at. */
function archive({ world, viewer, query, now }: Exchange): Response {
  const { stories } = world;
  const offset = offsetOf(query) * 1_000;
  const list = `archive ${viewer.pk} ${offset}`;
  const wanted = query.get("reel_id") ?? "";
  const dayOf = (moment: number) => Math.floor((moment + offset) / DAY);
  const cursor = query.get("max_id") ?? "";
  const start = cursor === "" ? dayOf(now) : positionOf(cursor, list);
  const items = [];
  let next: string | null = null;
  // Where one day is asked for, only this day is looked at.
  const only = wanted === "" ? null : dayOfArchive(viewer, wanted);
  const first = dayOf(FIRST_STORIES);
  const [from, to] =
    only === null ? [start, first] : [Math.min(start, only), Math.max(first, only)];
  for (let day = from; day >= to; day--) {
    const begin = day * DAY - offset;
    const made = stories.between(viewer, begin - 1, Math.min(begin + DAY - 1, now));
    const last = made.at(-1);
    const id = archiveDayId(viewer, day);
    if (last === undefined) continue;
    if (items.length === ARCHIVE_PAGE) {
      next = issueCursor(list, day);
      break;
    }
    items.push({
      id,
      timestamp: begin / 1_000,
      media_count: made.length,
      reel_type: "archive_day_reel",
      latest_reel_media: Math.floor(last.takenAt / 1_000),
    });
  }
  return ok({ items, num_results: items.length, more_available: next !== null, max_id: next });
}

/** The difference between the viewer's time zone and UTC, in seconds. */
function offsetOf(query: URLSearchParams): number {
  const text = query.get("timezone_offset") ?? "";
  if (!/^-?\d{1,5}$/.test(text)) throw invalidParameter("timezone_offset");
  return Number(text);
}

const FIRST_ARCHIVE_ID = 17_870_000_000_000_001n;
const archiveDayId = (owner: Person, day: number): string =>
  `archiveDay:${FIRST_ARCHIVE_ID + 2n * BigInt(owner.slot * 100_000 + day)}`;

/** The day in an id that archiveDayId() made for this owner; Infinity for any other text. */
function dayOfArchive(owner: Person, id: string): number {
  const digits = /^archiveDay:(\d{17})$/.exec(id)?.[1];
  if (digits === undefined) return Number.POSITIVE_INFINITY;
  const day = Number((BigInt(digits) - FIRST_ARCHIVE_ID) / 2n) - owner.slot * 100_000;
  return archiveDayId(owner, day) === id ? day : Number.POSITIVE_INFINITY;
}
