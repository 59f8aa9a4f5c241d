import { type Digits, digits, type JsonObject } from "../answer.ts";
import type { Hashtag } from "./hashtags.ts";
import { hashtagShape } from "./hashtags.ts";
import type { Person } from "./people.ts";
import { type Place, placeShape } from "./places.ts";
import type { Post } from "./posts.ts";
import { avatarOf, userShort } from "./user-shape.ts";

/* The stickers on stories as in answers, without where they are; spotShape() says that. */

/** Where a sticker is: its middle and its size as shares of the picture; `rotation` in turns. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  /** What has a higher number covers what has a lower one. */
  readonly z: number;
  readonly width: number;
  readonly height: number;
  readonly rotation: number;
}

/** Flags are 0 and 1. */
export const spotShape = (spot: Spot): JsonObject => ({
  ...spot,
  is_pinned: 0,
  is_hidden: 0,
  is_sticker: 1,
  is_fb_sticker: 0,
  start_time_ms: null,
  end_time_ms: null,
});

export const mentionSticker = (person: Person, displayType = "mention_username"): JsonObject => ({
  display_type: displayType,
  tap_state: 0,
  user: userShort(person),
});

export const hashtagSticker = (hashtag: Hashtag | undefined): JsonObject => ({
  attribution: null,
  custom_title: null,
  hashtag: hashtag === undefined ? null : hashtagShape(hashtag),
});

export const locationSticker = (place: Place | undefined): JsonObject => ({
  attribution: null,
  location: place === undefined ? null : placeShape(place),
});

/** A link as it is answered: `url` leads through Instagram's own redirect, or is a bare host. */
export interface LinkSticker {
  readonly id: string;
  readonly url: string;
  readonly title: string;
  /** The host that the sticker shows. */
  readonly host: string;
}

export const linkSticker = ({ id, url, title, host }: LinkSticker): JsonObject => ({
  id,
  story_link: { link_type: "web", url, link_title: title, display_url: host },
});

/** The URL of Instagram's redirect to a website. */
export const redirectTo = (url: string): string =>
  `https://l.instagram.com/?u=${encodeURIComponent(url)}&e=AT0&s=1`;

export const postSticker = ({ pk, code, kind, owner }: Post): JsonObject => ({
  id: `${pk}`,
  media_id: digits(pk),
  media_compound_str: `${pk}_${owner.pk}`,
  media_code: code,
  product_type: kind === "clip" ? "clips" : "feed",
  user_id: owner.pk,
});

/** A possible answer, and how often it was given. */
export interface Choice {
  readonly text: string;
  readonly count: number;
}

export const pollSticker = (
  id: Digits,
  { question, choices }: { readonly question: string; readonly choices: readonly Choice[] },
): JsonObject => ({
  poll_sticker: {
    id: id.rawJSON,
    poll_id: id,
    question,
    tallies: choices.map(({ text, count }) => ({ text, font_size: 28, count })),
    promotion_tallies: null,
    viewer_can_vote: true,
    is_shared_result: false,
    is_multi_option: true,
    finished: false,
    color: "black",
    poll_type: "general",
  },
});

export const questionSticker = (
  id: Digits,
  { question, pk, owner }: { readonly question: string; pk: bigint; owner: Person },
): JsonObject => ({
  question_sticker: {
    question_id: id,
    question,
    question_type: "text",
    media_id: digits(pk),
    text_color: "#000000",
    background_color: "#ffffff",
    viewer_can_interact: true,
    profile_pic_url: avatarOf(owner, 150),
  },
});

/** What a slider asks for, and what was answered. */
export interface Slider {
  readonly question: string;
  readonly emoji: string;
  /** 0 to 1. */
  readonly average: number;
  readonly votes: number;
}

export const sliderSticker = (
  id: Digits,
  { question, emoji, average, votes }: Slider,
): JsonObject => ({
  slider_sticker: {
    slider_id: id,
    question,
    emoji,
    text_color: "#7F007F",
    background_color: "#ffffff",
    slider_vote_average: average,
    slider_vote_count: votes,
    viewer_vote: null,
    viewer_can_vote: true,
  },
});

/** A question with one right answer. */
export interface Quiz {
  readonly question: string;
  readonly choices: readonly Choice[];
  /** Position of the right answer. */
  readonly correct: number;
}

export const quizSticker = (id: Digits, { question, choices, correct }: Quiz): JsonObject => ({
  quiz_sticker: {
    id: id.rawJSON,
    quiz_id: id,
    question,
    tallies: choices.map(({ text, count }) => ({ text, count })),
    correct_answer: correct,
    viewer_can_answer: true,
    finished: false,
    text_color: "#ffffff",
    start_background_color: "#262626",
    end_background_color: "#262626",
  },
});

/** `endsAt` in unix seconds. */
export const countdownSticker = (
  id: Digits,
  { text, endsAt }: { readonly text: string; readonly endsAt: number },
): JsonObject => ({
  countdown_sticker: {
    countdown_id: id,
    end_ts: endsAt,
    text,
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
});
