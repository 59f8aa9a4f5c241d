import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post } from "./posts.ts";
import type { Seed } from "./seed.ts";
import { guideCountOf } from "./user-shape.ts";

/** A guide: posts that its owner put together under a title. */
export interface Guide {
  readonly id: bigint;
  readonly owner: Person;
  readonly cover: Post;
  readonly hash: number;
}

/** The guides of a user; none where the user has no posts. */
export function guidesOf(seed: Seed, owner: Person): Guide[] {
  return Array.from({ length: guideCountOf(owner) }, (_, index) => {
    const cover = seed.posts.of(owner, mix(owner.slot, 72, index) % owner.postCount);
    return guideAround(cover, index);
  });
}

/** The guide of a post's owner with that post as its cover; guides with the same cover differ in `turn`. */
export function guideAround(cover: Post, turn: number): Guide {
  const { owner } = cover;
  return {
    id: 17_800_000_000_000_000n + BigInt(owner.slot * 100_000 + cover.position * 100 + turn),
    owner,
    cover,
    hash: mix(owner.slot, cover.position, 7_300 + turn),
  };
}

const TITLES = [
  "A weekend in Lisboa ☀️",
  "Where to eat after midnight",
  "10 Tage Ostsee, 10 Strände",
  "京都の静かな庭",
  "Small gifts & big ideas",
  "Дворы, которые стоит увидеть",
] as const;

const DESCRIPTIONS = [
  "Every place here was paid for by ourselves.",
  "",
  "Zwei Räder, ein Zelt.\n\nVon West nach Ost 🚲",
  'What people ask us for most: "where was that?"',
] as const;

const TYPES = ["posts", "locations", "products"] as const;

/**
 * JSON text of a guide in `guides/user/{id}/` and `guides/location/{id}/`. `media` is the JSON text of
 * the cover, as the viewer sees that post.
 */
export function guideText(seed: Seed, { id, owner, cover, hash }: Guide, media: string): string {
  const published = Math.floor(cover.takenAt / 1_000) + 3_600;
  const fields = JSON.stringify({
    id: `${id}`,
    title: TITLES[hash % TITLES.length],
    description: DESCRIPTIONS[(hash >>> 5) % DESCRIPTIONS.length],
    type: TYPES[(hash >>> 9) % TYPES.length],
    num_items: 3 + ((hash >>> 11) % 12),
    published_timestamp: published,
    updated_timestamp: published + (hash % 86_400),
    feedback_item: (hash >>> 15) % 3 === 0 ? {} : null,
    can_viewer_reshare: true,
    has_viewer_saved: false,
  });
  return (
    `{"summary":{${fields.slice(1, -1)},"owner":${seed.shortText(owner)},"cover_media":${media}},` +
    `"items":[]}`
  );
}
