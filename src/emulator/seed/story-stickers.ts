import { digits, type JsonObject } from "../answer.ts";
import { hashtagNamed } from "./hashtags.ts";
import { CROWD, mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import { homeOf, PLACES, type Place } from "./places.ts";
import {
  countdownSticker,
  hashtagSticker,
  linkSticker,
  locationSticker,
  mentionSticker,
  pollSticker,
  postSticker,
  questionSticker,
  quizSticker,
  redirectTo,
  sliderSticker,
  spotShape,
} from "./sticker-shapes.ts";
import { DAY, type Story } from "./stories.ts";
import { musicConsumption, musicShape } from "./track-shape.ts";
import type { Sounds } from "./tracks.ts";
import { userShort } from "./user-shape.ts";

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

/** Where a made-up sticker is. */
function positionOf({ hash }: Story, turn: number): JsonObject {
  const part = (bits: number) => (100 + ((mix(hash, turn) >>> bits) % 700)) / 1_000;
  return spotShape({
    x: part(0),
    y: part(5),
    z: turn,
    width: part(10),
    height: 0.0625,
    rotation: turn === 0 ? 0 : part(15) - 0.5,
  });
}

const somebody = ({ posts }: Sounds, { hash }: Story, turn: number): Person =>
  posts.people.ofCrowd(mix(hash, turn, 7) % CROWD);

function mentions(sounds: Sounds, story: Story, count: number): JsonObject[] {
  return Array.from({ length: count }, (_, turn) => ({
    ...positionOf(story, turn),
    ...mentionSticker(somebody(sounds, story, turn)),
  }));
}

const TAGS = ["berlin", "sunset", "東京", "café", "travelgram"] as const;

function hashtag(story: Story): JsonObject {
  const tag = hashtagNamed(TAGS[story.hash % TAGS.length] ?? TAGS[0]);
  return { ...positionOf(story, 3), ...hashtagSticker(tag) };
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
  return { ...positionOf(story, 4), ...locationSticker(placeOf(sounds, story)) };
}

/** A link sticker leads through Instagram's own redirect, sometimes to a bare host. */
function link(story: Story): JsonObject {
  const isBare = story.hash % 4 === 0;
  const target = isBare ? "https://example.com" : `https://example.com/größe?story=${story.code}`;
  return {
    ...positionOf(story, 5),
    ...linkSticker({
      id: `link_sticker_${story.hash}`,
      url: isBare ? target : redirectTo(target),
      title: isBare ? "" : "Read on ✨",
      host: "example.com",
    }),
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
export const stickerId = (story: Story, kind: number) =>
  digits(17_810_000_000_000_001n + 2n * BigInt(mix(story.hash, kind)));

function poll(story: Story): JsonObject {
  const choices = [
    { text: "Mountains ⛰", count: story.hash % 90 },
    { text: "Sea 🌊", count: (story.hash >>> 8) % 90 },
  ];
  return {
    ...positionOf(story, 6),
    ...pollSticker(stickerId(story, 1), { question: "Mountains or sea?", choices }),
  };
}

function question(story: Story): JsonObject {
  const { pk, owner } = story;
  return {
    ...positionOf(story, 7),
    ...questionSticker(stickerId(story, 2), { question: "Ask me anything", pk, owner }),
  };
}

function slider(story: Story): JsonObject {
  return {
    ...positionOf(story, 8),
    ...sliderSticker(stickerId(story, 3), {
      question: "How much?",
      emoji: "😍",
      average: (story.hash % 100) / 100,
      votes: story.hash % 300,
    }),
  };
}

function quiz(story: Story): JsonObject {
  return {
    ...positionOf(story, 9),
    ...quizSticker(stickerId(story, 4), {
      question: "Which came first?",
      choices: ["The hen", "The egg", "Breakfast"].map((text, index) => ({
        text,
        count: (story.hash >>> (index * 4)) % 40,
      })),
      correct: story.hash % 3,
    }),
  };
}

function countdown(story: Story): JsonObject {
  return {
    ...positionOf(story, 10),
    ...countdownSticker(stickerId(story, 5), {
      text: "Opening night",
      endsAt: Math.floor((story.takenAt + 10 * DAY) / 1_000),
    }),
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
  return [{ ...positionOf(story, 12), ...postSticker(post) }];
}
