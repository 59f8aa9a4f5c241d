import { type Static, Type } from "@sinclair/typebox";
import { readMicroseconds } from "./direct-time.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readIdentity,
  readOptionalInteger,
  readOptionalText,
  readText,
  readTextOr,
} from "./read.ts";
import {
  readModels,
  readNested,
  readObject,
  readObjects,
  readOptionalObject,
} from "./read-nested.ts";
import { DateTime, Nullable, UpstreamObject } from "./schema.ts";

/** What a link in a message leads to. */
export const LinkContextSchema = Type.Object(
  {
    link_url: Type.String(),
    link_title: Type.Optional(Nullable(Type.String(), { default: "" })),
    link_summary: Type.Optional(Nullable(Type.String(), { default: "" })),
    link_image_url: Type.Optional(Nullable(Type.String(), { default: "" })),
  },
  { title: "LinkContext", description: "Link context metadata for direct message links" },
);
export type LinkContext = Static<typeof LinkContextSchema>;

/** `link.link_context`. */
export type RawLinkContext = Raw<keyof LinkContext>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readLinkContext(raw: RawLinkContext, drift: DriftReporter): LinkContext {
  const model = "LinkContext";
  return {
    link_url: readText(raw.link_url, drift, model, "link_url"),
    link_title: readOptionalText(raw.link_title, drift, model, "link_title", ""),
    link_summary: readOptionalText(raw.link_summary, drift, model, "link_summary", ""),
    link_image_url: readOptionalText(raw.link_image_url, drift, model, "link_image_url", ""),
  };
}

/** A message that holds a link. */
export const MessageLinkSchema = Type.Object(
  {
    text: Type.String(),
    link_context: LinkContextSchema,
    client_context: Type.Optional(Nullable(Type.String())),
    mutation_token: Type.Optional(Nullable(Type.String())),
  },
  { title: "MessageLink", description: "Link structure for direct messages" },
);
export type MessageLink = Static<typeof MessageLinkSchema>;

/** `link` of a message. */
export type RawMessageLink = Raw<keyof MessageLink>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readMessageLink(raw: RawMessageLink, drift: DriftReporter): MessageLink {
  const model = "MessageLink";
  return {
    text: readText(raw.text, drift, model, "text"),
    link_context: readLinkContext(
      readObject(raw.link_context, drift, model, "link_context"),
      drift,
    ),
    client_context: readOptionalText(raw.client_context, drift, model, "client_context"),
    mutation_token: readOptionalText(raw.mutation_token, drift, model, "mutation_token"),
  };
}

/** One user's emoji on a message. */
export const MessageReactionSchema = Type.Object(
  {
    timestamp: DateTime(),
    client_context: Type.Optional(Nullable(Type.String())),
    sender_id: Type.String(),
    emoji: Type.String(),
    super_react_type: Type.Optional(Type.String({ default: "none" })),
  },
  { title: "MessageReaction", description: "Individual emoji reaction on a direct message" },
);
export type MessageReaction = Static<typeof MessageReactionSchema>;

/** An item of `reactions.emojis`. */
export type RawMessageReaction = Raw<keyof MessageReaction>;

/** Null when it is not known whose reaction it is. */
export function readMessageReaction(
  raw: RawMessageReaction,
  drift: DriftReporter,
): MessageReaction | null {
  const model = "MessageReaction";
  const sender = readIdentity(raw.sender_id, undefined, undefined, drift, model, "sender_id");
  if (sender === null) return null;
  return {
    timestamp: readMicroseconds(raw.timestamp, drift, model, "timestamp"),
    client_context: readOptionalText(raw.client_context, drift, model, "client_context"),
    sender_id: sender,
    emoji: readText(raw.emoji, drift, model, "emoji"),
    super_react_type: readTextOr(raw.super_react_type, "none", drift, model, "super_react_type"),
  };
}

/** All reactions to a message; `likes` are the upstream's own objects. */
export const MessageReactionsSchema = Type.Object(
  {
    likes: Type.Optional(Type.Array(UpstreamObject(), { default: [] })),
    likes_count: Type.Optional(Nullable(Type.Integer(), { default: 0 })),
    emojis: Type.Optional(Type.Array(MessageReactionSchema, { default: [] })),
  },
  { title: "MessageReactions", description: "Reactions structure for direct messages" },
);
export type MessageReactions = Static<typeof MessageReactionsSchema>;

/** `reactions` of a message. */
export type RawMessageReactions = Raw<keyof MessageReactions>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readMessageReactions(
  raw: RawMessageReactions,
  drift: DriftReporter,
): MessageReactions {
  const model = "MessageReactions";
  return {
    likes: readObjects(raw.likes, drift, model, "likes"),
    likes_count: readOptionalInteger(raw.likes_count, drift, model, "likes_count", 0),
    emojis: readModels(raw.emojis, readMessageReaction, drift, model, "emojis"),
  };
}

const seenProperties = {
  item_id: Type.String(),
  timestamp: DateTime(),
  created_at: DateTime(),
};

/** Up to where a user has seen a thread's disappearing messages. */
export const DisappearingMessagesSeenStateSchema = Type.Object(seenProperties, {
  title: "DisappearingMessagesSeenState",
  description: "Disappearing messages seen state information",
});
export type DisappearingMessagesSeenState = Static<typeof DisappearingMessagesSeenStateSchema>;

/** `disappearing_messages_seen_state` of a user in `last_seen_at`. */
export type RawDisappearingMessagesSeenState = Raw<keyof DisappearingMessagesSeenState>;

/** Null for one that names no message, as an empty object. */
export function readDisappearingMessagesSeenState(
  raw: RawDisappearingMessagesSeenState,
  drift: DriftReporter,
): DisappearingMessagesSeenState | null {
  return raw.item_id === undefined ? null : readSeen(raw, drift, "DisappearingMessagesSeenState");
}

/** Up to which message a user has seen a thread. */
export const LastSeenInfoSchema = Type.Object(
  {
    ...seenProperties,
    shh_seen_state: Type.Optional(UpstreamObject({ default: {} })),
    disappearing_messages_seen_state: Type.Optional(Nullable(DisappearingMessagesSeenStateSchema)),
  },
  { title: "LastSeenInfo", description: "Last seen information for a user in a direct thread" },
);
export type LastSeenInfo = Static<typeof LastSeenInfoSchema>;

/** A value of a thread's `last_seen_at`, which has the users' pks as keys. */
export type RawLastSeenInfo = Raw<keyof LastSeenInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readLastSeenInfo(raw: RawLastSeenInfo, drift: DriftReporter): LastSeenInfo {
  const model = "LastSeenInfo";
  return {
    ...readSeen(raw, drift, model),
    shh_seen_state: readOptionalObject(raw.shh_seen_state, drift, model, "shh_seen_state") ?? {},
    disappearing_messages_seen_state: readNested(
      raw.disappearing_messages_seen_state,
      readDisappearingMessagesSeenState,
      drift,
      model,
      "disappearing_messages_seen_state",
    ),
  };
}

function readSeen(
  raw: RawDisappearingMessagesSeenState,
  drift: DriftReporter,
  model: string,
): DisappearingMessagesSeenState {
  return {
    item_id: readText(raw.item_id, drift, model, "item_id"),
    timestamp: readMicroseconds(raw.timestamp, drift, model, "timestamp"),
    // Many entries do not tell when the message was made: it was seen later than that, or then.
    created_at: readMicroseconds(raw.created_at ?? raw.timestamp, drift, model, "created_at"),
  };
}
