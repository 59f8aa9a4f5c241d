import { boolean, text } from "./fields.ts";
import { type Infer, model } from "./model.ts";

/**
 * How the session's account and another user stand to each other. The upstream does not repeat whose
 * relationship it is: `user_id` comes from the request.
 */
export const Relationship = model("Relationship", {
  user_id: text(),
  blocking: boolean(),
  followed_by: boolean(),
  following: boolean(),
  incoming_request: boolean(),
  is_bestie: boolean(),
  is_blocking_reel: boolean(),
  is_muting_reel: boolean(),
  is_private: boolean(),
  is_restricted: boolean(),
  muting: boolean(),
  outgoing_request: boolean(),
});
export type Relationship = Infer<typeof Relationship>;
