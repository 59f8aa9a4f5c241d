import { anything, boolean, defaulted, identity, list, optional, text, uri } from "./fields.ts";
import { type Infer, model, pageOf } from "./model.ts";

export const userShortFields = {
  // Where both are given, `id` is the one taken.
  pk: identity("id", "pk", "pk_id"),
  username: optional(text()),
  full_name: optional(text(), { missing: "" }),
  profile_pic_url: optional(uri()),
  profile_pic_url_hd: optional(uri()),
  is_private: optional(boolean()),
  stories: defaulted(list(anything())),
};

/** A user as lists, posts and tags show one. */
export const UserShort = model("UserShort", userShortFields);
export type UserShort = Infer<typeof UserShort>;

export const UserShortPage = pageOf(UserShort);
