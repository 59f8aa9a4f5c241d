import { digits, type JsonObject } from "../answer.ts";
import { hashtagNamed, hashtagShape } from "./hashtags.ts";
import { CROWD, mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import { homeOf, PLACES, type Place, placeShape } from "./places.ts";
import { DAY, type Story } from "./stories.ts";
import { musicConsumption, musicShape } from "./track-shape.ts";
import type { Sounds } from "./tracks.ts";
import { pictureUrl, userShort } from "./user-shape.ts";

/* The stickers on stories. A user's stories repeat the combinations below: twelve show all of them. */

/** The fields of one combination of stickers. */
type Combination = (sounds: Sounds, story: Story) => JsonObject;

const COMBINATIONS: readonly Combination[] = [
  () => ({}),
  (sounds, story) => ({ reel_mentions: mentions(sounds, story, 1 + (story.hash % 3)) }),
  (sounds, story) => ({
    story_hashtags: [hashtag(story)],
    story_locations: [location(sounds, story)],
  }),
  (_, story) => ({ story_link_stickers: [link(story)] }),
  (sounds, story) => ({
    story_polls: [poll(story)],
    reel_mentions: mentions(sounds, story, 1),
  }),
  (_, story) => ({ story_questions: [question(story)] }),
  (_, story) => ({ story_sliders: [slider(story)], story_quizs: [quiz(story)] }),
  (_, story) => ({ story_countdowns: [countdown(story)] }),
  (sounds, story) => ({ story_music_stickers: music(sounds, story) }),
  (sounds, story) => ({ story_feed_media: feedMedia(sounds, story) }),
  (sounds, story) => ({
    is_paid_partnership: true,
    sponsor_tags: [{ sponsor: userShort(somebody(sounds, story, 9)), permission: true }],
    story_cta: [{ links: [callToAction(story)] }],
  }),
  (sounds, story) => ({
    reel_mentions: mentions(sounds, story, 2),
    story_hashtags: [hashtag(story)],
    story_locations: [location(sounds, story)],
    story_link_stickers: [link(story)],
    story_cta: [{ links: [callToAction(story)] }],
  }),
];

/** Indexes of the combinations with a sticker of a place. */
const PLACED: readonly number[] = [2, 11];

/** The fields of a story that its stickers add. */
export function stickersOf(sounds: Sounds, story: Story): JsonObject {
  return COMBINATIONS[story.number % COMBINATIONS.length]?.(sounds, story) ?? {};
}

/** Where a sticker is: its middle and its size as fractions of the picture; flags are 0 and 1. */
function positionOf({ hash }: Story, turn: number): JsonObject {
  const part = (bits: number) => (100 + ((mix(hash, turn) >>> bits) % 700)) / 1_000;
  return {
    x: part(0),
    y: part(5),
    z: turn,
    width: part(10),
    height: 0.0625,
    rotation: turn === 0 ? 0 : part(15) - 0.5,
    is_pinned: 0,
    is_hidden: 0,
    is_sticker: 1,
    is_fb_sticker: 0,
    start_time_ms: null,
    end_time_ms: null,
  };
}

const somebody = ({ posts }: Sounds, { hash }: Story, turn: number): Person =>
  posts.people.ofCrowd(mix(hash, turn, 7) % CROWD);

function mentions(sounds: Sounds, story: Story, count: number): JsonObject[] {
  return Array.from({ length: count }, (_, turn) => ({
    ...positionOf(story, turn),
    display_type: "mention_username",
    tap_state: 0,
    user: userShort(somebody(sounds, story, turn)),
  }));
}

const TAGS = ["berlin", "sunset", "東京", "café", "travelgram"] as const;

function hashtag(story: Story): JsonObject {
  const tag = hashtagNamed(TAGS[story.hash % TAGS.length] ?? TAGS[0]);
  return {
    ...positionOf(story, 3),
    attribution: null,
    custom_title: null,
    hashtag: tag === undefined ? null : hashtagShape(tag),
  };
}

/** The place that a story names: its owner's home, or any place for owners without one. */
function placeOf({ posts }: Sounds, { owner, hash }: Story): Place | undefined {
  return homeOf(posts.people, owner) ?? PLACES[(hash >>> 4) % PLACES.length];
}

/** True for a story that has a sticker of a place. */
export function isPlaced(story: Story): boolean {
  return PLACED.includes(story.number % COMBINATIONS.length);
}

function location(sounds: Sounds, story: Story): JsonObject {
  const at = placeOf(sounds, story);
  return {
    ...positionOf(story, 4),
    attribution: null,
    location: at === undefined ? null : placeShape(at),
  };
}

/** A link sticker leads through Instagram's own redirect, sometimes to a bare host. */
function link(story: Story): JsonObject {
  const isBare = story.hash % 4 === 0;
  const target = isBare ? "https://example.com" : `https://example.com/größe?story=${story.code}`;
  return {
    ...positionOf(story, 5),
    id: `link_sticker_${story.hash}`,
    story_link: {
      link_type: "web",
      url: isBare ? target : `https://l.instagram.com/?u=${encodeURIComponent(target)}&e=AT0&s=1`,
      link_title: isBare ? "" : "Read on ✨",
      display_url: "example.com",
    },
  };
}

const callToAction = (story: Story): JsonObject => ({
  linkType: 1,
  webUri: `https://example.com/shop/${story.code}`,
  androidClass: "",
  package: "",
  deeplinkUri: "",
  callToActionTitle: "Shop now",
  redirectUri: null,
  leadGenFormId: "",
  igUserId: "",
  appInstallObjectiveInvalidationBehavior: null,
});

/** Id of an interactive sticker, past 2^53. */
const stickerId = (story: Story, kind: number) =>
  digits(17_810_000_000_000_001n + 2n * BigInt(mix(story.hash, kind)));

function poll(story: Story): JsonObject {
  const id = stickerId(story, 1);
  return {
    ...positionOf(story, 6),
    poll_sticker: {
      id: id.rawJSON,
      poll_id: id,
      question: "Mountains or sea?",
      tallies: [
        { text: "Mountains ⛰", font_size: 28, count: story.hash % 90 },
        { text: "Sea 🌊", font_size: 28, count: (story.hash >>> 8) % 90 },
      ],
      promotion_tallies: null,
      viewer_can_vote: true,
      is_shared_result: false,
      is_multi_option: true,
      finished: false,
      color: "black",
      poll_type: "general",
    },
  };
}

function question(story: Story): JsonObject {
  return {
    ...positionOf(story, 7),
    question_sticker: {
      question_id: stickerId(story, 2),
      question: "Ask me anything",
      question_type: "text",
      media_id: digits(story.pk),
      text_color: "#000000",
      background_color: "#ffffff",
      viewer_can_interact: true,
      profile_pic_url: pictureUrl(`avatar_${story.owner.pk}`, 150, 150),
    },
  };
}

function slider(story: Story): JsonObject {
  return {
    ...positionOf(story, 8),
    slider_sticker: {
      slider_id: stickerId(story, 3),
      question: "How much?",
      emoji: "😍",
      text_color: "#7F007F",
      background_color: "#ffffff",
      slider_vote_average: (story.hash % 100) / 100,
      slider_vote_count: story.hash % 300,
      viewer_vote: null,
      viewer_can_vote: true,
    },
  };
}

function quiz(story: Story): JsonObject {
  const id = stickerId(story, 4);
  return {
    ...positionOf(story, 9),
    quiz_sticker: {
      id: id.rawJSON,
      quiz_id: id,
      question: "Which came first?",
      tallies: ["The hen", "The egg", "Breakfast"].map((text, index) => ({
        text,
        count: (story.hash >>> (index * 4)) % 40,
      })),
      correct_answer: story.hash % 3,
      viewer_can_answer: true,
      finished: false,
      text_color: "#ffffff",
      start_background_color: "#262626",
      end_background_color: "#262626",
    },
  };
}

function countdown(story: Story): JsonObject {
  return {
    ...positionOf(story, 10),
    countdown_sticker: {
      countdown_id: stickerId(story, 5),
      end_ts: Math.floor((story.takenAt + 10 * DAY) / 1_000),
      text: "Opening night",
      text_color: "#ffffff",
      start_background_color: "#ca2ee1",
      end_background_color: "#5eb1ff",
      digit_color: "#7e0091",
      digit_card_color: "#ffffffcc",
      following_enabled: true,
      viewer_is_following: false,
      is_owner: false,
      attribution: null,
    },
  };
}

/** The music of a Reel of `instagram`. */
function music(sounds: Sounds, story: Story): JsonObject[] {
  const { posts } = sounds;
  const sound = sounds.of(posts.of(posts.people.instagram, 5 + 8 * (story.hash % 50)));
  if (sound?.kind !== "music") return [];
  return [
    {
      ...positionOf(story, 11),
      display_type: "album_art",
      music_asset_info: { ...musicShape(sound), ...musicConsumption(sound) },
    },
  ];
}

/** A post of `instagram` that the story shows. */
function feedMedia({ posts }: Sounds, story: Story): JsonObject[] {
  const { instagram } = posts.people;
  const post = posts.of(instagram, story.hash % instagram.postCount);
  return [
    {
      ...positionOf(story, 12),
      id: `${post.pk}`,
      media_id: digits(post.pk),
      media_compound_str: `${post.pk}_${instagram.pk}`,
      media_code: post.code,
      product_type: post.kind === "clip" ? "clips" : "feed",
      user_id: instagram.pk,
    },
  ];
}
