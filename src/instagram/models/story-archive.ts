import { date, filled, integer, key, optional, text } from "./fields.ts";
import { type Infer, model, pageOf } from "./model.ts";

/**
 * A day of the account's story archive. Its id is `archiveDay:<number>`; `latest_reel_media` is in
 * unix seconds.
 */
export const StoryArchiveDay = model("StoryArchiveDay", {
  id: key(text({ from: filled("id") })),
  timestamp: date(),
  media_count: integer(),
  reel_type: text(),
  latest_reel_media: optional(integer()),
});
export type StoryArchiveDay = Infer<typeof StoryArchiveDay>;

export const StoryArchiveDayPage = pageOf(StoryArchiveDay);
