import { digits, type JsonObject } from "../answer.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import { highlightCountOf, type Stories, type Story } from "./stories.ts";
import { pictureUrl } from "./user-shape.ts";

/** Stories that a user keeps on the profile: a run of those made before the highlight. */
export interface Highlight {
  /** Past 2^53 and odd: no double holds it. */
  readonly pk: bigint;
  readonly owner: Person;
  /** Position on the profile. */
  readonly index: number;
  /** Number of its first story. */
  readonly first: number;
  readonly count: number;
  readonly hash: number;
}

/** Every highlight of the start is older, so that worlds do not depend on the clock. */
const NEWEST = Date.UTC(2025, 10, 1);

/** As many as the upstream lets into one. */
const MOST_STORIES = 100;
/** More highlights than anybody has. */
const MOST = 16;
const FIRST_PK = 17_900_000_000_000_001n;

/** A user's highlights as the profile shows them; none where the user made no stories. */
export function highlightsOf(stories: Stories, owner: Person): Highlight[] {
  const made = stories.countAt(owner, NEWEST);
  return Array.from({ length: highlightCountOf(owner) }, (_, index) => {
    const hash = mix(owner.slot, 123, index);
    // The second of everybody is as long as they get.
    const wanted = index === 1 ? MOST_STORIES : 1 + (hash % 40);
    const length = Math.min(wanted, made);
    return {
      pk: FIRST_PK + 2n * BigInt(owner.slot * MOST + index),
      owner,
      index,
      first: (hash >>> 6) % (made - length + 1),
      count: length,
      hash,
    };
  });
}

/** The highlight with an id `highlight:<pk>`, or undefined. */
export function highlightById(stories: Stories, id: string): Highlight | undefined {
  const [, text] = /^highlight:(\d{1,19})$/.exec(id) ?? [];
  if (text === undefined) return undefined;
  const number = Number((BigInt(text) - FIRST_PK) / 2n);
  const slot = Math.floor(number / MOST);
  if (number < 0 || !stories.people.isSlot(slot)) return undefined;
  const found = highlightsOf(stories, stories.people.bySlot(slot))[number % MOST];
  return String(found?.pk) === text ? found : undefined;
}

/** Its stories, oldest first. */
export function storiesIn(stories: Stories, { owner, first, count }: Highlight): Story[] {
  return Array.from({ length: count }, (_, index) => stories.of(owner, first + index));
}

/** True for a story that its owner keeps in a highlight. */
export function isKept(stories: Stories, { owner, number }: Story): boolean {
  return highlightsOf(stories, owner).some(
    ({ first, count }) => number >= first && number < first + count,
  );
}

const TITLES = [
  "Lisboa ☀️",
  "FAQ",
  "Behind the scenes",
  "京都 🍁",
  "Für Größe",
  "Q&A «2025»",
  "🤍",
  'the "best of"',
  "Привет",
  "",
] as const;

/** A highlight as a profile's tray has it: without `user` and `items`. */
export function highlightShape(highlight: Highlight, kept: readonly Story[]): JsonObject {
  const { pk, owner, index, hash } = highlight;
  const cover = kept[hash % kept.length];
  const last = kept.at(-1);
  const seconds = (story: Story | undefined) => Math.floor((story?.takenAt ?? 0) / 1_000);
  const isUploaded = hash % 5 === 0;
  return {
    id: `highlight:${pk}`,
    strong_id__: `highlight:${pk}`,
    latest_reel_media: seconds(last),
    seen: null,
    can_reply: false,
    can_gif_quick_reply: false,
    can_reshare: null,
    can_react_with_avatar: false,
    reel_type: "highlight_reel",
    cover_media: {
      cropped_image_version: {
        width: 150,
        height: 150,
        url: pictureUrl(`cover_${pk}`, 150, 150),
        scans_profile: "e15",
      },
      // A cover from the phone's album is of no story.
      crop_rect: isUploaded ? null : [0, 0.21830457, 1, 0.78094524],
      media_id: isUploaded ? null : `${cover?.pk}_${owner.pk}`,
      upload_id: isUploaded ? digits(17_500_000_000_000_001n + 2n * BigInt(hash)) : null,
      full_image_version: null,
    },
    title: TITLES[(hash >>> 3) % TITLES.length],
    created_at: seconds(last) + 3_600,
    is_pinned_highlight: index === 0 && hash % 2 === 0,
    is_archived: false,
    is_converted_to_clips: false,
    highlight_reel_type: "DEFAULT",
    prefetch_count: 0,
    ranked_position: index + 1,
    seen_ranked_position: index + 1,
    media_count: kept.length,
    media_ids: kept.map((story) => digits(story.pk)),
    contains_stitched_media_blocked_by_rm: false,
    disabled_reply_types: ["story_selfie_reply", "story_remix_reply"],
  };
}
