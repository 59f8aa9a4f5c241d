import { type Static, Type } from "@sinclair/typebox";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readBoolean } from "./read.ts";

/** How the session's account and another user stand to each other. */
export const RelationshipSchema = Type.Object(
  {
    user_id: Type.String(),
    blocking: Type.Boolean(),
    followed_by: Type.Boolean(),
    following: Type.Boolean(),
    incoming_request: Type.Boolean(),
    is_bestie: Type.Boolean(),
    is_blocking_reel: Type.Boolean(),
    is_muting_reel: Type.Boolean(),
    is_private: Type.Boolean(),
    is_restricted: Type.Boolean(),
    muting: Type.Boolean(),
    outgoing_request: Type.Boolean(),
  },
  { title: "Relationship" },
);
export type Relationship = Static<typeof RelationshipSchema>;

/** The answer of `friendships/show/<user id>/`, or `friendship_status` of other answers. */
export type RawRelationship = Raw<Exclude<keyof Relationship, "user_id">>;

/** Total. The upstream does not repeat whose relationship it is: `userId` comes from the request. */
export function readRelationship(
  raw: RawRelationship,
  userId: string,
  drift: DriftReporter,
): Relationship {
  return {
    user_id: userId,
    blocking: readBoolean(raw.blocking, drift, "Relationship", "blocking"),
    followed_by: readBoolean(raw.followed_by, drift, "Relationship", "followed_by"),
    following: readBoolean(raw.following, drift, "Relationship", "following"),
    incoming_request: readBoolean(raw.incoming_request, drift, "Relationship", "incoming_request"),
    is_bestie: readBoolean(raw.is_bestie, drift, "Relationship", "is_bestie"),
    is_blocking_reel: readBoolean(raw.is_blocking_reel, drift, "Relationship", "is_blocking_reel"),
    is_muting_reel: readBoolean(raw.is_muting_reel, drift, "Relationship", "is_muting_reel"),
    is_private: readBoolean(raw.is_private, drift, "Relationship", "is_private"),
    is_restricted: readBoolean(raw.is_restricted, drift, "Relationship", "is_restricted"),
    muting: readBoolean(raw.muting, drift, "Relationship", "muting"),
    outgoing_request: readBoolean(raw.outgoing_request, drift, "Relationship", "outgoing_request"),
  };
}
