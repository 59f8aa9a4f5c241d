import { digits, type JsonObject } from "./answer.ts";
import { mediaIdOf, sentMedia, viewing, visualMedia, voiceOf } from "./message-media.ts";
import { madeFiles } from "./seed/made.ts";
import { linkOf, type Message, type MessageKind, type Reaction, wordsOf } from "./seed/messages.ts";
import { mix } from "./seed/numbers.ts";
import type { Post, PostKind } from "./seed/posts.ts";
import type { Seed } from "./seed/seed.ts";
import { pictureUrl, userShort, videoUrl } from "./seed/user-shape.ts";

/** The kinds that hold a whole post or plain text: message-text.ts writes them. */
type OtherKind =
  | "media_share"
  | "clip"
  | "felix_share"
  | "story_share"
  | "text"
  | "reply"
  | "reacted";
type Content = (message: Message, seed: Seed) => JsonObject;

/** The fields that messages of each kind have in addition to those of all messages. */
export const CONTENTS: Record<Exclude<MessageKind, OtherKind>, Content> = {
  link: (message) => ({
    link: {
      text: wordsOf(message),
      link_context: {
        link_url: linkOf(message),
        link_title: message.hash % 2 === 0 ? "Example" : "",
        link_summary: "",
        link_image_url: pictureUrl(`link_${message.hash % 50}`, 600, 315),
      },
      client_context: message.context ?? contextOf(message.hash),
      mutation_token: message.context ?? contextOf(message.hash),
    },
  }),
  photo: (message) => ({ media: sentMedia(message, 1) }),
  video: (message) => ({ media: sentMedia(message, 2) }),
  voice_media: (message) => ({
    voice_media: {
      media: {
        id: digits(mediaIdOf(message)),
        media_type: 11,
        product_type: "direct_audio",
        audio: voiceOf(message),
        organic_tracking_token: "emulator",
        user: userShort(message.sender),
      },
      seen_user_ids: [],
      view_mode: "permanent",
      seen_count: 0,
      replay_expiring_at_us: null,
    },
  }),
  raven_viewed: (message) => ({
    visual_media: {
      // After it was viewed, only the type of the media is left.
      media: { media_type: 1 },
      ...viewing(message, "once", [message.thread.owner]),
    },
  }),
  raven_new: (message) => ({
    visual_media: {
      media: visualMedia(message),
      ...viewing(message, message.sent?.viewMode ?? "replayable", []),
    },
  }),
  xma_clip: (message, seed) => ({ xma_clip: [postCard(message, seed, "clip")] }),
  xma_media_share: (message, seed) => ({ xma_media_share: [postCard(message, seed, "photo")] }),
  xma_story_share: (message, seed) => {
    const { owner, pk } = sharedPost(seed, message.hash, "photo");
    // A card of a story that has ended has no URL.
    const target = message.hash % 2 === 0 ? `stories/${owner.username}/${pk}/` : undefined;
    return { xma_story_share: [card(message, "Story", target)] };
  },
  xma_profile: (message) => ({
    xma_profile: [card(message, message.sender.fullName, `_u/${message.sender.username}`)],
  }),
  generic_xma: (message) => ({
    generic_xma: [card(message, "First", "explore/"), card(message, "Second", "accounts/edit/")],
  }),
  reel_share: (message, seed) => {
    const { story, mentioned } = message.share ?? {};
    const { pk, owner } = story ?? sharedPost(seed, message.hash, "photo");
    return {
      reel_share: {
        text: message.written ?? "🔥",
        type: mentioned === undefined ? "reply" : "mention",
        mentioned_user_id: mentioned?.pk,
        reel_owner_id: owner.pk,
        is_reel_persisted: false,
        reel_type: "user_reel",
        media: {
          pk: digits(pk),
          id: `${pk}_${owner.pk}`,
          media_type: story?.isVideo ? 2 : 1,
          ...(story?.made === undefined ? {} : madeFiles(story.made.item, `${pk}`)),
          user: userShort(owner),
          expiring_at: Math.floor(message.sentAt / 1_000_000) + 86_400,
        },
      },
    };
  },
  animated_media: ({ hash }) => ({
    animated_media: {
      id: `emulator${hash % 1_000}`,
      images: {
        fixed_height: {
          height: "200",
          width: "356",
          size: "312345",
          mp4: videoUrl(`sticker_${hash % 1_000}`, 356, 200),
          mp4_size: "41234",
          url: pictureUrl(`sticker_${hash % 1_000}`, 356, 200),
        },
      },
      is_random: false,
      is_sticker: hash % 2 === 0,
      user: { is_verified: false, username: "emulator" },
    },
  }),
  like: () => ({ like: "❤️" }),
  placeholder: () => ({
    placeholder: {
      is_linked: false,
      title: "Post unavailable",
      message: "This post is unavailable because it was deleted.",
      reason: 4,
    },
  }),
  profile: ({ sender, share }) => ({
    profile: userShort(share?.profile ?? sender),
    preview_medias: [],
  }),
  location: () => ({
    location: {
      pk: 213385402,
      name: "Berlin, Germany",
      short_name: "Berlin",
      facebook_places_id: 111777152182368,
      external_source: "facebook_places",
      lat: 52.51,
      lng: 13.38,
    },
  }),
  hashtag: ({ hash }) => ({
    hashtag: { name: "berlin", media_count: 100_000 + (hash % 1_000), media: null },
  }),
  action_log: ({ sender }) => ({
    action_log: {
      description: `${sender.username} liked a message`,
      bold: [{ start: 0, end: sender.username.length }],
      text_attributes: [],
      is_reaction_log: true,
    },
    hide_in_thread: 1,
  }),
  video_call_event: (message) => ({
    video_call_event: {
      action: message.hash % 2 === 0 ? "video_call_started" : "video_call_ended",
      vc_id: digits(mediaIdOf(message)),
      encoded_server_data_info: "emulator",
      description: "Video chat",
      did_join: null,
      feature_set_str: "",
    },
  }),
  static_sticker: ({ hash }) => ({
    static_sticker: {
      id: String(hash),
      images: [{ url: pictureUrl(`static_${hash % 100}`, 300, 300), width: 300, height: 300 }],
    },
  }),
  product_share: (message) => ({
    product_share: {
      text: "",
      product: { product_id: digits(mediaIdOf(message)), name: "Print, A3", price: "€49.00" },
    },
  }),
};

/** `client_context` of a seeded message: 19 digits, as the sending app makes up. */
export const contextOf = (hash: number): string =>
  String(6_800_011_111_111_111_111n + BigInt(hash) * 20_000n);

/** The reactions to a message; everybody has one at the most. */
export function reactionsOf(message: Message): readonly Reaction[] {
  const { reactions, thread, kind, hash, sentAt } = message;
  if (reactions !== undefined) return reactions;
  if (kind !== "reacted") return [];
  const people = [thread.owner, ...thread.members];
  return people.slice(0, 1 + (hash % people.length)).map((sender, index) => ({
    sender,
    emoji: ["❤", "😂", "👍", "🔥"][(hash + index) % 4] ?? "❤",
    sentAt: sentAt + (index + 1) * 2_345_678,
    context: contextOf(mix(hash, index)),
  }));
}

/** A post of `instagram` of some kind. */
export function sharedPost(seed: Seed, hash: number, kind: PostKind): Post {
  const { posts, people } = seed;
  const { instagram } = people;
  for (let step = 0; ; step++) {
    const post = posts.of(instagram, ((hash >>> 3) + step) % instagram.postCount);
    if (post.kind === kind || step > instagram.postCount) return post;
  }
}

function postCard(message: Message, seed: Seed, kind: PostKind): JsonObject {
  const { code, pk, owner } = sharedPost(seed, message.hash, kind);
  const path = kind === "clip" ? "reel" : "p";
  return {
    ...card(message, `A post of ${owner.username}`, `${path}/${code}/?id=${pk}_${owner.pk}`),
    preview_media_fbid: digits(17_900_000_000_000_000n + (pk & 0xffffffffn)),
  };
}

/** A card, as messages show shared content now; without `path` it has no URL. */
function card({ hash }: Message, title: string, path: string | undefined): JsonObject {
  return {
    xma_layout_type: 0,
    title_text: title,
    subtitle_text: null,
    header_title_text: title,
    header_subtitle_text: null,
    header_icon_url: hash % 2 === 0 ? pictureUrl(`icon_${hash % 100}`, 64, 64) : "",
    header_icon_width: 64,
    header_icon_height: 64,
    preview_url: pictureUrl(`card_${hash % 1_000}`, 640, 640),
    preview_url_mime_type: "image/jpeg",
    preview_width: 640,
    preview_height: 640,
    verified_type: 1,
    target_id: digits(3_012_345_678_901_234_000n + BigInt(hash % 1_000)),
    target_url: path === undefined ? null : `https://www.instagram.com/${path}`,
  };
}
