import type { Json, JsonObject } from "./answer.ts";
import { CONTENTS, contextOf, sharedPost } from "./message-content.ts";
import { type Message, type MessageKind, messageOf, wordsOf } from "./nature/messages.ts";
import { mix } from "./nature/numbers.ts";
import type { PostKind } from "./nature/posts.ts";
import type { World } from "./world.ts";

/** JSON text of a message, as threads and searches carry it. A reply is one to the message before. */
export function messageText(world: World, message: Message): string {
  const { thread, position, kind } = message;
  const before = position + 1;
  if (kind !== "reply" || before >= thread.messageCount) return plainText(world, message);
  const repliedTo = plainText(world, messageOf(thread, before));
  return `${plainText(world, message).slice(0, -1)},"replied_to_message":${repliedTo}}`;
}

/** The same without what it replies to. */
function plainText(world: World, message: Message): string {
  return objectText({ ...headOf(message), ...contentOf(world, message) });
}

/** An object's fields, each as JSON text: posts are written already. */
type FieldTexts = Record<string, string>;

const objectText = (fields: FieldTexts): string =>
  `{${Object.entries(fields)
    .map(([name, value]) => `"${name}":${value}`)
    .join(",")}}`;

const textsOf = (fields: JsonObject): FieldTexts =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, JSON.stringify(value)] as const),
  );

function headOf({ id, sender, thread, sentAt, kind, hash }: Message): FieldTexts {
  return textsOf({
    item_id: String(id),
    user_id: sender.pk,
    timestamp: String(sentAt),
    item_type: itemType(kind),
    client_context: contextOf(hash),
    show_forward_attribution: false,
    forward_score: null,
    is_shh_mode: false,
    is_sent_by_viewer: sender.pk === thread.owner.pk,
    is_disappearing: false,
    uq_seq_id: hash % 100_000,
  });
}

function itemType(kind: MessageKind): string {
  switch (kind) {
    case "photo":
    case "video":
      return "media";
    case "raven_viewed":
    case "raven_new":
      return "raven_media";
    case "reply":
    case "reacted":
      return "text";
    default:
      return kind;
  }
}

/** Fields of the message's kind. */
function contentOf(world: World, message: Message): FieldTexts {
  const { kind } = message;
  switch (kind) {
    case "media_share":
      return { media_share: postText(world, message, "photo") };
    case "clip":
      // The upstream has it twice.
      return { clip: `{"clip":${postText(world, message, "clip")}}` };
    case "felix_share":
      return { felix_share: `{"video":${postText(world, message, "video")},"text":null}` };
    case "story_share":
      return {
        story_share: `{"media":${postText(world, message, "photo")},"text":"","is_linked":true,"reel_type":"user_reel","story_share_type":"default"}`,
      };
    case "text":
    case "reply":
      return textsOf({ text: wordsOf(message) });
    case "reacted":
      return textsOf({ text: wordsOf(message), reactions: reactions(message) });
    default:
      return textsOf({ ...CONTENTS[kind](message, world) });
  }
}

function postText(world: World, message: Message, kind: PostKind): string {
  return world.mediaText(message.thread.owner, sharedPost(world, message.hash, kind));
}

function reactions(message: Message): Json {
  const { thread, hash, sentAt } = message;
  const people = [thread.owner, ...thread.members];
  const emojis = people.slice(0, 1 + (hash % people.length)).map((person, index) => ({
    timestamp: sentAt + (index + 1) * 2_345_678,
    client_context: contextOf(mix(hash, index)),
    sender_id: person.pk,
    emoji: ["❤", "😂", "👍", "🔥"][(hash + index) % 4],
    super_react_type: "none",
  }));
  return { likes: [], likes_count: 0, emojis };
}
