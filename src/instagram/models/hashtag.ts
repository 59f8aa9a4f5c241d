import { filled, id, integer, key, optional, text, uri } from "./fields.ts";
import { type Infer, model } from "./model.ts";

/** A hashtag. `name` is without the `#`: it is what every endpoint looks a hashtag up by. */
export const Hashtag = model("Hashtag", {
  id: id(),
  name: key(text({ from: filled("name") })),
  media_count: optional(integer()),
  profile_pic_url: optional(uri(), { from: filled("profile_pic_url") }),
});
export type Hashtag = Infer<typeof Hashtag>;
