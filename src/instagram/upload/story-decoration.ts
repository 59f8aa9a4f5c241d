import type { VerbatimJsonObject } from "../json.ts";
import type { Infer } from "../models/model.ts";
import type {
  StoryHashtag,
  StoryLink,
  StoryLocation,
  StoryMention,
  StorySticker,
} from "../models/story-stickers.ts";

/**
 * Where something lies on a story: `x` and `y` are the middle of it, `width` and `height` its size,
 * all as parts of the picture's; `rotation` is in turns.
 */
export interface StoryPlace {
  x: number;
  y: number;
  width: number;
  height: number;
  rotation: number;
}

/** A sticker of any type. What its type needs beside the place is in `extra`. */
export type StickerDraft = Omit<Infer<typeof StorySticker>, "extra"> & {
  extra: VerbatimJsonObject | null;
};

/** What is to lie on top of a story. */
export interface StoryDecoration {
  mentions: readonly (Infer<typeof StoryMention> & StoryPlace)[];
  hashtags: readonly (Infer<typeof StoryHashtag> & StoryPlace)[];
  locations: readonly (Infer<typeof StoryLocation> & StoryPlace)[];
  /** Instagram takes one. */
  link: Infer<typeof StoryLink> | null;
  stickers: readonly StickerDraft[];
}
