import { type Json, type JsonObject, objectOr } from "../json.ts";
import { microseconds } from "./direct-time.ts";
import {
  defaulted,
  firstOf,
  identity,
  integer,
  list,
  object,
  optional,
  passthrough,
  text,
} from "./fields.ts";
import { type Infer, model } from "./model.ts";

/** What a link in a message leads to. */
export const LinkContext = model(
  "LinkContext",
  {
    link_url: text(),
    link_title: optional(text(), { missing: "" }),
    link_summary: optional(text(), { missing: "" }),
    link_image_url: optional(text(), { missing: "" }),
  },
  { description: "Link context metadata for direct message links" },
);

/** A message that holds a link. */
export const MessageLink = model(
  "MessageLink",
  {
    text: text(),
    link_context: object(LinkContext),
    client_context: optional(text()),
    mutation_token: optional(text()),
  },
  { description: "Link structure for direct messages" },
);

/** One user's emoji on a message. */
export const MessageReaction = model(
  "MessageReaction",
  {
    timestamp: microseconds(),
    client_context: optional(text()),
    sender_id: identity("sender_id"),
    emoji: text(),
    super_react_type: defaulted(text(), "none"),
  },
  { description: "Individual emoji reaction on a direct message" },
);

/** All reactions to a message; `likes` are the upstream's own objects. */
export const MessageReactions = model(
  "MessageReactions",
  {
    likes: defaulted(list(passthrough()), []),
    likes_count: optional(integer(), { missing: 0 }),
    emojis: defaulted(list(MessageReaction), []),
  },
  { description: "Reactions structure for direct messages" },
);

const seenFields = {
  item_id: text(),
  timestamp: microseconds(),
  // Many entries do not tell when the message was made: it was seen later than that, or then.
  created_at: microseconds({ from: firstOf("created_at", "timestamp") }),
};

/** Up to where a user has seen a thread's disappearing messages. */
export const DisappearingMessagesSeenState = model("DisappearingMessagesSeenState", seenFields, {
  description: "Disappearing messages seen state information",
  unwrap: namingMessage,
});

/** One that names no message, as an empty object, is none. */
function namingMessage(value: Json | undefined): JsonObject | null {
  const raw = objectOr(value);
  return raw.item_id === undefined ? null : raw;
}

/** Up to which message a user has seen a thread. */
export const LastSeenInfo = model(
  "LastSeenInfo",
  {
    ...seenFields,
    shh_seen_state: defaulted(passthrough(), {}),
    disappearing_messages_seen_state: optional(object(DisappearingMessagesSeenState)),
  },
  { description: "Last seen information for a user in a direct thread" },
);
export type LastSeenInfo = Infer<typeof LastSeenInfo>;
