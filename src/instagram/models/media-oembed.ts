import { boolean, filled, id, integer, key, optional, text, uri } from "./fields.ts";
import { type Infer, model } from "./model.ts";

/** What another website shows of a post (the answer of `oembed`); sizes in pixels. */
export const MediaOembed = model("MediaOembed", {
  title: text(),
  author_name: text(),
  author_url: text(),
  author_id: id(),
  media_id: key(text({ from: filled("media_id") })),
  provider_name: text(),
  provider_url: uri(),
  type: text(),
  width: optional(integer()),
  height: optional(integer()),
  html: text(),
  thumbnail_url: uri(),
  thumbnail_width: integer(),
  thumbnail_height: integer(),
  can_view: boolean(),
});
export type MediaOembed = Infer<typeof MediaOembed>;
