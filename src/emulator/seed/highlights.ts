import { digits, type JsonObject } from "../answer.ts";
import type { SeedList } from "../store/kinds.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import { highlightCountOf, type Stories, type Story } from "./stories.ts";
import { pictureUrl, uploadedName } from "./user-shape.ts";

/** Stories that a user keeps on the profile: consecutive ones from before the highlight was made. */
export interface Highlight {
  /** Past 2^53 and odd, so that a double cannot hold it. */
  readonly pk: bigint;
  readonly owner: Person;
  readonly title: string;
  readonly isPinned: boolean;
  /** Number of the first seeded story in it. */
  readonly first: number;
  /** How many seeded stories follow from there. */
  readonly count: number;
  readonly hash: number;
  /** The cover that its owner chose; made up where it is left out. */
  readonly cover?: Cover | undefined;
  /** Unix milliseconds, for highlights made in a world. */
  readonly createdAt?: number;
}

/** The cover of a highlight: a story, or a picture from the phone. */
export interface Cover {
  /** Pk of the story. */
  readonly storyPk?: bigint;
  readonly uploadId?: string;
  /** Key of the file, where the picture was really uploaded. */
  readonly file?: string;
  /** Left, top, right and bottom of the part that shows, from 0 to 1. */
  readonly cropRect: readonly number[];
}

/** All seeded highlights are older than this, so that they do not depend on the clock. */
const NEWEST = Date.UTC(2025, 10, 1);

/** The upstream's limit for one highlight. */
export const MOST_STORIES = 100;
/** What the app shows of a story as a cover. */
export const USUAL_CROP: readonly number[] = [0, 0.21830457, 1, 0.78094524];
/** More highlights than any user has. */
const MOST = 16;
const FIRST_PK = 17_900_000_000_000_001n;

/** A user's highlights as the profile shows them; none where the user made no stories. */
export function highlightsOf(stories: Stories, owner: Person): Highlight[] {
  const made = stories.countAt(owner, NEWEST);
  return Array.from({ length: highlightCountOf(owner) }, (_, index) => {
    const hash = mix(owner.slot, 123, index);
    // Everybody's second highlight is as long as possible.
    const wanted = index === 1 ? MOST_STORIES : 1 + (hash % 40);
    const length = Math.min(wanted, made);
    return {
      pk: FIRST_PK + 2n * BigInt(owner.slot * MOST + index),
      owner,
      title: TITLES[(hash >>> 3) % TITLES.length] ?? "",
      isPinned: index === 0 && hash % 2 === 0,
      first: (hash >>> 6) % (made - length + 1),
      count: length,
      hash,
    };
  });
}

/** A highlight of the seed by its pk. */
export function highlightByPk(stories: Stories, pk: bigint): Highlight | undefined {
  const number = Number((pk - FIRST_PK) / 2n);
  const slot = Math.floor(number / MOST);
  if (number < 0 || !stories.people.isSlot(slot)) return undefined;
  const found = highlightsOf(stories, stories.people.bySlot(slot))[number % MOST];
  return found?.pk === pk ? found : undefined;
}

/** The stories in a highlight at the start of every world, oldest first. */
export function keptSeed(stories: Stories, { owner, first, count }: Highlight): SeedList<Story> {
  return {
    length: count,
    at: (position) => stories.of(owner, first + position),
    positionOf: ({ owner: { pk }, number }) =>
      pk === owner.pk && number >= first && number < first + count ? number - first : undefined,
  };
}

const TITLES = [
  "Lisboa ☀️",
  "FAQ",
  "Backstage",
  "京都 🍁",
  "Für Größe",
  "Q&A «2025»",
  "🤍",
  'the "best of"',
  "Привет",
  "",
] as const;

/**
 * A highlight in the tray of a profile, without `user` and `items`. `rank` is its position in the
 * tray, `kept` are its stories.
 */
export function highlightShape(
  highlight: Highlight,
  rank: number,
  kept: readonly Story[],
): JsonObject {
  const { pk, owner, title, isPinned, createdAt } = highlight;
  const cover = coverOf(highlight, kept);
  const latest = Math.floor((kept.at(-1)?.takenAt ?? 0) / 1_000);
  return {
    id: `highlight:${pk}`,
    strong_id__: `highlight:${pk}`,
    latest_reel_media: latest,
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
        url: pictureUrl(coverFile(cover, kept) ?? `cover_${pk}`, 150, 150),
        scans_profile: "e15",
      },
      // A cover that was uploaded from the phone is not a story's.
      crop_rect: cover.uploadId === undefined ? cover.cropRect : null,
      media_id: cover.storyPk === undefined ? null : `${cover.storyPk}_${owner.pk}`,
      upload_id: cover.uploadId === undefined ? null : digits(cover.uploadId),
      full_image_version: null,
    },
    title,
    created_at: createdAt === undefined ? latest + 3_600 : Math.floor(createdAt / 1_000),
    is_pinned_highlight: isPinned,
    is_archived: false,
    is_converted_to_clips: false,
    highlight_reel_type: "DEFAULT",
    prefetch_count: 0,
    ranked_position: rank + 1,
    seen_ranked_position: rank + 1,
    media_count: kept.length,
    media_ids: kept.map((story) => digits(story.pk)),
    contains_stitched_media_blocked_by_rm: false,
    disabled_reply_types: ["story_selfie_reply", "story_remix_reply"],
  };
}

/** Name of the file of a cover that was uploaded, or of an uploaded story; undefined for others. */
function coverFile({ file, storyPk }: Cover, kept: readonly Story[]): string | undefined {
  const story = kept.find(({ pk }) => pk === storyPk);
  const key = file ?? story?.made?.item.picture;
  return key === undefined ? undefined : uploadedName(key);
}

/** The chosen cover, or the one made up. */
function coverOf({ cover, hash }: Highlight, kept: readonly Story[]): Cover {
  if (cover !== undefined) return cover;
  if (hash % 5 === 0)
    return { uploadId: `${17_500_000_000_000_001n + 2n * BigInt(hash)}`, cropRect: USUAL_CROP };
  const story = kept[hash % kept.length];
  return { ...(story === undefined ? {} : { storyPk: story.pk }), cropRect: USUAL_CROP };
}
