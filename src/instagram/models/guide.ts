import { objectOr } from "../json.ts";
import { object, optional, passthrough, text } from "./fields.ts";
import { Media } from "./media.ts";
import { type Infer, model } from "./model.ts";

/**
 * A guide: posts that somebody put together under a title. `cover_media` is one of them. Lists hold
 * it as `summary` of their items.
 */
export const Guide = model(
  "Guide",
  {
    id: optional(text()),
    title: optional(text()),
    description: text(),
    cover_media: object(Media),
    feedback_item: optional(passthrough()),
  },
  { unwrap: (item) => objectOr(objectOr(item).summary) },
);
export type Guide = Infer<typeof Guide>;
