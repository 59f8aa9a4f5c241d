import { filled, integer, key, text } from "./fields.ts";
import { type Infer, model } from "./model.ts";

/**
 * A collection of saved posts. `type` is `MEDIA` for one's own; the others keep themselves and have
 * their type as `id`: `ALL_MEDIA_AUTO_COLLECTION` holds every saved post.
 */
export const Collection = model("Collection", {
  id: key(text({ from: filled("collection_id") })),
  name: text({ from: "collection_name" }),
  type: text({ from: "collection_type" }),
  media_count: integer({ from: "collection_media_count" }),
});
export type Collection = Infer<typeof Collection>;
