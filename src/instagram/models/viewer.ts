import { boolean, defaulted, inside, text } from "./fields.ts";
import { type Infer, model, pageOf } from "./model.ts";
import { userShortFields } from "./user-short.ts";

/** Somebody who has seen a story, and what they did with it. */
export const Viewer = model("Viewer", {
  ...inside("user", userShortFields),
  has_liked: defaulted(boolean(), false),
  reply_text: defaulted(text(), ""),
  is_spam_viewer: defaulted(boolean(), false),
});
export type Viewer = Infer<typeof Viewer>;

export const ViewerPage = pageOf(Viewer);
