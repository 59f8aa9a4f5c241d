import type { Json, JsonObject } from "./answer.ts";
import { CONTENTS, contextOf, reactionsOf, sharedPost } from "./message-content.ts";
import {
  type Message,
  type MessageKind,
  messageOf,
  type Reaction,
  wordsOf,
} from "./seed/messages.ts";
import type { PostKind } from "./seed/posts.ts";
import type { Seed } from "./seed/seed.ts";
import type { World } from "./world.ts";

/** JSON text of a message, as in threads and searches. A reply answers the message before it. */
export function messageText(world: World, message: Message): string {
  const { thread, position, kind } = message;
  const before = position + 1;
  if (kind !== "reply" || position < 0 || before >= thread.messageCount)
    return plainText(world, message);
  const repliedTo = plainText(world, messageOf(thread, before));
  return `${plainText(world, message).slice(0, -1)},"replied_to_message":${repliedTo}}`;
}

/** JSON text of a message without the message that it replies to. */
function plainText(world: World, sent: Message): string {
  const message = withoutEnded(world, sent);
  const { thread, position } = message;
  const post = sharedPostText(world, message);
  // Viewers see different values in a shared post, so only the texts of other messages are kept.
  if (post !== undefined)
    return `${headText(message).slice(0, -1)},${post}${reactionsText(message)}}`;
  const compute = () => {
    const content = JSON.stringify(contentOf(world.seed, message));
    return `${headText(message).slice(0, -1)},${content.slice(1)}`;
  };
  if (position < 0 || message.reactions !== undefined) return compute();
  return world.seed.messageTexts.get(`${thread.number} ${position - thread.added}`, compute);
}

function headText({ id, sender, thread, sentAt, kind, context, hash }: Message): string {
  return JSON.stringify({
    item_id: String(id),
    user_id: sender.pk,
    timestamp: String(sentAt),
    item_type: itemType(kind),
    client_context: context ?? contextOf(hash),
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

/** A message whose post or story is gone, or not for the viewer, says so instead. */
function withoutEnded(world: World, message: Message): Message {
  const { post, story } = message.share ?? {};
  const owner = post?.owner ?? story?.owner;
  if (owner === undefined) return message;
  const { posts, stories } = world;
  const isThere =
    post === undefined
      ? story !== undefined && stories.current(story) !== undefined && stories.isShown(story)
      : posts.current(post) !== undefined;
  const sees =
    story === undefined
      ? world.canSee(message.thread.owner, owner)
      : world.seesStory(message.thread.owner, story);
  const isShown = isThere && sees;
  return isShown ? message : { ...message, kind: "placeholder" };
}

/** The field with the post or story that a message shares, undefined where it shares none. */
function sharedPostText(world: World, message: Message): string | undefined {
  const { post, story } = message.share ?? {};
  const textOf = (kind: PostKind): string => {
    const shared = post ?? sharedPost(world.seed, message.hash, kind);
    return world.mediaText(message.thread.owner, world.posts.current(shared) ?? shared);
  };
  switch (message.kind) {
    case "media_share":
      return `"media_share":${textOf("photo")}`;
    case "clip":
      // The upstream nests the name twice.
      return `"clip":{"clip":${textOf("clip")}}`;
    case "felix_share":
      return `"felix_share":{"video":${textOf("video")},"text":null}`;
    case "story_share": {
      const media = story === undefined ? textOf("photo") : world.seed.storyText(story);
      const text = JSON.stringify(message.written ?? "");
      return `"story_share":{"media":${media},"text":${text},"is_linked":true,"reel_type":"user_reel","story_share_type":"default"}`;
    }
    default:
      return undefined;
  }
}

const reactionsText = ({ reactions }: Message): string =>
  reactions === undefined || reactions.length === 0
    ? ""
    : `,"reactions":${JSON.stringify(reactionsShape(reactions))}`;

/** The fields of a message that shares no post. */
function contentOf(seed: Seed, message: Message): JsonObject {
  const reactions = reactionsOf(message);
  const fields = ownFields(seed, message);
  return reactions.length === 0 ? fields : { ...fields, reactions: reactionsShape(reactions) };
}

/** The fields for the kind of a message that shares no post. */
function ownFields(seed: Seed, message: Message): JsonObject {
  const { kind } = message;
  switch (kind) {
    case "text":
    case "reply":
    case "reacted":
      return { text: wordsOf(message) };
    case "media_share":
    case "clip":
    case "felix_share":
    case "story_share":
      return {};
    default:
      return CONTENTS[kind](message, seed);
  }
}

function reactionsShape(reactions: readonly Reaction[]): Json {
  const emojis = reactions.map(({ sender, emoji, sentAt, context }) => ({
    timestamp: sentAt,
    client_context: context,
    sender_id: sender.pk,
    emoji,
    super_react_type: "none",
  }));
  return { likes: [], likes_count: 0, emojis };
}
