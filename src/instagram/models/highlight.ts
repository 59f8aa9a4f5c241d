import type { JsonObject } from "../json.ts";
import { boolean, date, defaulted, integer, key, list, passthrough, text } from "./fields.ts";
import { owner } from "./media-parts.ts";
import { type Infer, model } from "./model.ts";
import { Story } from "./story.ts";
import { toIdentity } from "./values.ts";

/**
 * A highlight: stories that stay on a profile. Its id is `highlight:<pk>`; `cover_media` is the
 * upstream's own object, `latest_reel_media` in unix seconds. `items` is empty in the list of a
 * user's highlights.
 */
export const Highlight = model("Highlight", {
  pk: text({ missing: "", from: pkInId }),
  id: key(text({ from: (raw) => (pkInId(raw) === undefined ? null : raw.id) })),
  latest_reel_media: integer(),
  cover_media: passthrough(),
  user: owner(),
  title: text(),
  created_at: date(),
  is_pinned_highlight: boolean(),
  // The stories themselves tell as well how many there are.
  media_count: integer({ from: (raw) => raw.media_count ?? lengthOf(raw) }),
  media_ids: defaulted(list(text()), []),
  items: defaulted(list(Story), []),
});
export type Highlight = Infer<typeof Highlight>;

function pkInId({ id }: JsonObject): string | undefined {
  const [, digits] = typeof id === "string" ? (/^highlight:(\d+)$/.exec(id) ?? []) : [];
  return toIdentity(digits);
}

function lengthOf({ media_ids: ids, items }: JsonObject): number | undefined {
  return [ids, items].find((list) => Array.isArray(list))?.length;
}
