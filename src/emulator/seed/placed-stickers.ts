import type { Json, JsonObject } from "../answer.ts";
import { hashtagNamed, newHashtag } from "./hashtags.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Place } from "./places.ts";
import type { Post } from "./posts.ts";
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
  type Spot,
  sliderSticker,
  spotShape,
} from "./sticker-shapes.ts";
import type { Story } from "./stories.ts";
import { stickerId } from "./story-stickers.ts";
import { avatarOf } from "./user-shape.ts";

/** What a sticker shows that an account has put on its story. */
export type StickerContent =
  | { readonly kind: "mention"; readonly person: Person; readonly displayType: string }
  | { readonly kind: "hashtag"; readonly name: string }
  | { readonly kind: "location"; readonly place: Place }
  | { readonly kind: "link"; readonly url: string; readonly title: string }
  /** A link as older apps send it: behind a swipe up, without a sticker. */
  | { readonly kind: "swipe"; readonly url: string }
  | { readonly kind: "post"; readonly post: Post }
  | { readonly kind: "poll"; readonly question: string; readonly choices: readonly string[] }
  | { readonly kind: "question"; readonly question: string }
  | { readonly kind: "slider"; readonly question: string; readonly emoji: string }
  | {
      readonly kind: "quiz";
      readonly question: string;
      readonly choices: readonly string[];
      readonly correct: number;
    }
  /** `endsAt` in unix seconds. */
  | { readonly kind: "countdown"; readonly text: string; readonly endsAt: number }
  /** A sticker that only looks nice, such as a GIF. */
  | { readonly kind: "picture"; readonly type: string; readonly id: string };

/** A sticker that an account has put on its story. */
export interface PlacedSticker {
  readonly spot: Spot;
  readonly content: StickerContent;
}

/** The fields of a story that its stickers add; the lists of the usual stickers are there when empty. */
export function placedStickersShape(story: Story, stickers: readonly PlacedSticker[]): JsonObject {
  const lists: Record<string, Json[]> = {
    reel_mentions: [],
    story_locations: [],
    story_hashtags: [],
    story_link_stickers: [],
  };
  stickers.forEach(({ spot, content }, index) => {
    for (const [list, shape] of shapesOf(story, content, index)) {
      lists[list] ??= [];
      lists[list].push(list === "story_cta" ? shape : { ...spotShape(spot), ...shape });
    }
  });
  return lists;
}

/** The lists that show a sticker, and how. */
function shapesOf(
  story: Story,
  content: StickerContent,
  index: number,
): readonly (readonly [list: string, shape: JsonObject])[] {
  const id = stickerId(story, 10 + index);
  const unanswered = (choices: readonly string[]) => choices.map((text) => ({ text, count: 0 }));
  switch (content.kind) {
    case "mention":
      // Today's apps draw mentions from the second list.
      return [
        ["reel_mentions", mentionSticker(content.person, content.displayType)],
        ["story_bloks_stickers", bloksMention(content.person)],
      ];
    case "hashtag":
      return [
        [
          "story_hashtags",
          hashtagSticker(hashtagNamed(content.name) ?? newHashtag(content.name, 0)),
        ],
      ];
    case "location":
      return [["story_locations", locationSticker(content.place)]];
    case "link": {
      const { url, title } = content;
      const host = URL.parse(url)?.hostname ?? "";
      const linkId = `link_sticker_${mix(story.hash, index)}`;
      return [
        ["story_link_stickers", linkSticker({ id: linkId, url: redirectTo(url), title, host })],
      ];
    }
    case "swipe":
      return [["story_cta", { links: [{ linkType: 1, webUri: content.url }] }]];
    case "post":
      return [["story_feed_media", postSticker(content.post)]];
    case "poll": {
      const { question, choices } = content;
      return [["story_polls", pollSticker(id, { question, choices: unanswered(choices) })]];
    }
    case "question": {
      const { pk, owner } = story;
      return [["story_questions", questionSticker(id, { question: content.question, pk, owner })]];
    }
    case "slider":
      return [["story_sliders", sliderSticker(id, { ...content, average: 0, votes: 0 })]];
    case "quiz":
      return [
        ["story_quizs", quizSticker(id, { ...content, choices: unanswered(content.choices) })],
      ];
    case "countdown":
      return [["story_countdowns", countdownSticker(id, content)]];
    case "picture":
      return [["story_static_models", { str_id: content.id, sticker_type: content.type }]];
  }
}

const bloksMention = (person: Person): JsonObject => ({
  bloks_sticker: {
    id: "bloks_sticker_id",
    app_id: "com.instagram.shopping.sticker.mention",
    bloks_sticker_type: "mention",
    sticker_data: {
      ig_mention: {
        account_id: String(person.pk),
        username: person.username,
        full_name: person.fullName,
        profile_pic_url: avatarOf(person, 150),
      },
    },
  },
});

/** Estimated bytes of stickers. */
export const sizeOfStickers = (stickers: readonly PlacedSticker[]): number =>
  stickers.reduce((sum, { content }) => sum + 300 + 2 * JSON.stringify(textsOf(content)).length, 0);

/** The texts of a sticker that its author has written. */
const textsOf = (content: StickerContent): readonly unknown[] =>
  Object.values(content).filter((value) => typeof value === "string" || Array.isArray(value));
