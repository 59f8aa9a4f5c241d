import type { TSchema } from "@sinclair/typebox";
import { AccountSchema } from "./account.ts";
import { BioLinkSchema, BroadcastSchema } from "./profile-parts.ts";
import { RelationshipSchema } from "./relationship.ts";
import { UserSchema } from "./user.ts";
import { UserShortPageSchema, UserShortSchema } from "./user-short.ts";

/**
 * The schema of every response model by its name in the contract, which is also its `title`:
 * what OpenAPI registers as components. `schema.ts` tells how they print.
 */
export const modelSchemas: Record<string, TSchema> = {
  Account: AccountSchema,
  BioLink: BioLinkSchema,
  Broadcast: BroadcastSchema,
  Relationship: RelationshipSchema,
  User: UserSchema,
  UserShort: UserShortSchema,
  UserShortPage: UserShortPageSchema,
};
