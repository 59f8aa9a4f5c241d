import { boolean, integer, optional, text } from "./fields.ts";
import { model } from "./model.ts";

/** A link in a profile. */
export const BioLink = model("BioLink", {
  link_id: optional(text()),
  url: text(),
  lynx_url: optional(text()),
  link_type: optional(text()),
  title: optional(text()),
  is_pinned: optional(boolean()),
  open_external_url_with_in_app_browser: optional(boolean()),
});

/** A broadcast channel that a profile pins. */
export const Broadcast = model("Broadcast", {
  title: text(),
  thread_igid: text(),
  subtitle: text(),
  invite_link: text(),
  is_member: boolean(),
  group_image_uri: text(),
  group_image_background_uri: text(),
  thread_subtype: integer(),
  number_of_members: integer(),
  creator_igid: optional(text()),
  creator_username: text(),
});
