import { boolean, filled, identity, integer, optional, text, uri } from "./fields.ts";
import { type Infer, model } from "./model.ts";

/** The account of the session itself, as its owner sees it. */
export const Account = model("Account", {
  pk: identity("pk", "pk_id", "id"),
  username: text(),
  full_name: text(),
  is_private: boolean(),
  profile_pic_url: uri(),
  is_verified: boolean(),
  biography: optional(text(), { missing: "" }),
  external_url: optional(text(), { from: filled("external_url") }),
  is_business: boolean(),
  birthday: optional(text()),
  phone_number: optional(text()),
  gender: optional(integer()),
  email: optional(text()),
});
export type Account = Infer<typeof Account>;
