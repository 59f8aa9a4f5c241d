import { boolean, id, identity, list, text } from "./fields.ts";
import { model } from "./model.ts";
import { UserShort } from "./user-short.ts";

/** A thread as a found message comes with it. */
export const DirectShortThread = model("DirectShortThread", {
  id: identity("thread_id"),
  users: list(UserShort),
  named: boolean(),
  thread_title: text(),
  pending: boolean(),
  thread_type: text(),
  viewer_id: id(),
  is_group: boolean(),
});
