import type { PhotoLimits, VideoLimits } from "./media-tools.ts";

/*
 * What Instagram takes, by what becomes of it. Where its own pages say different things the wider
 * limit stands here: what it refuses after all, it refuses with a message of its own.
 */

/** 1.91:1, as the reference client counts it. */
const WIDEST = 90 / 47;

const UPRIGHT = { width: 1080, height: 1920 };

export const photoLimits = {
  /** A post or an item of an album: 3:4 since 2025. */
  feed: { ratio: [3 / 4, WIDEST], largest: { width: 1080, height: 1440 } },
  /** 9:16 fills the screen; screenshots of taller phones are shown smaller. */
  story: { ratio: [9 / 22, WIDEST], largest: UPRIGHT },
  /** The picture that stands for a video. Instagram cuts it as it needs it. */
  cover: { ratio: [1 / 4, 4], largest: UPRIGHT },
  /** Of the account. Instagram cuts it to a square. */
  picture: { ratio: [1 / 4, 4], largest: { width: 1080, height: 1080 } },
  message: { ratio: [1 / 10, 10], largest: { width: 1440, height: 1920 } },
} as const satisfies Record<string, PhotoLimits>;

const ANY_RATIO = [1 / 10, 10] as const;
const MINUTE = 60;

export const videoLimits = {
  /** A post, which becomes a Reel. */
  feed: { ratio: ANY_RATIO, duration: [3, 15 * MINUTE], cover: { ratio: null } },
  /** An item of an album. */
  album: { ratio: ANY_RATIO, duration: [3, 15 * MINUTE], cover: { ratio: null } },
  clip: { ratio: ANY_RATIO, duration: [3, 15 * MINUTE], cover: { ratio: 9 / 16 } },
  igtv: { ratio: ANY_RATIO, duration: [3, 60 * MINUTE], cover: { ratio: 9 / 16 } },
  story: { ratio: ANY_RATIO, duration: [1, MINUTE], cover: null },
  message: { ratio: ANY_RATIO, duration: [0, 15 * MINUTE], cover: null },
} as const satisfies Record<string, VideoLimits>;
