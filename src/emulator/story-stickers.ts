import { invalidParameter, refuse } from "./answer.ts";
import { exactJson, textField } from "./body.ts";
import { postOf } from "./media.ts";
import type { Exchange } from "./router.ts";
import { hashtagName } from "./seed/hashtags.ts";
import type { PlacedSticker, StickerContent } from "./seed/placed-stickers.ts";
import { PLACES } from "./seed/places.ts";
import type { Spot } from "./seed/sticker-shapes.ts";
import { findPerson } from "./user.ts";

/** Most stickers on one story. */
const MOST = 50;
/** Most characters of a text on a sticker. */
const LONGEST_TEXT = 500;
/** Most characters of the JSON text of all stickers in a field. */
const LONGEST_FIELD = 100_000;
const MOST_CHOICES = 4;

/** A sticker as a client sends it. */
type Sent = Readonly<Record<string, unknown>>;

/** Reads what a sticker shows; undefined for one that names a place that nobody knows. */
type Reader = (exchange: Exchange, sent: Sent, field: string) => StickerContent | undefined;

/** How stickers in `tap_models` are read, by their `type`; all others are pictures, such as GIFs. */
const BY_TYPE: ReadonlyMap<unknown, Reader> = new Map([
  ["mention", mention],
  ["mention_reshare", mention],
  ["hashtag", hashtag],
  ["location", location],
  ["story_link", link],
  ["feed_media", post],
  ["poll", poll],
  ["polling", poll],
  ["question", question],
  ["slider", slider],
  ["quiz", quiz],
  ["countdown", countdown],
]);

/** The fields in which older apps send each kind of sticker apart. */
const BY_FIELD: Readonly<Record<string, Reader>> = {
  reel_mentions: mention,
  story_hashtags: hashtag,
  story_locations: location,
  attached_media: post,
  story_polls: poll,
  story_questions: question,
  story_sliders: slider,
  story_quizs: quiz,
  story_countdowns: countdown,
  story_chats: picture,
};

/** The stickers in the fields of a story. Throws a Refusal (400) for what is none. */
export function stickersIn(exchange: Exchange): readonly PlacedSticker[] {
  const read = (reader: Reader, sent: Sent, field: string): PlacedSticker[] => {
    const content = reader(exchange, sent, field);
    return content === undefined ? [] : [{ spot: spotOf(sent, field), content }];
  };
  const today = listIn(exchange, "tap_models").flatMap((sent) =>
    read(BY_TYPE.get(sent.type) ?? picture, sent, "tap_models"),
  );
  const older = Object.entries(BY_FIELD).flatMap(([field, reader]) =>
    listIn(exchange, field).flatMap((sent) => read(reader, sent, field)),
  );
  const swipes = listIn(exchange, "story_cta").flatMap(({ links }) =>
    (Array.isArray(links) ? links : [undefined]).map((sent: unknown) => ({
      spot: NOWHERE,
      content: {
        kind: "swipe",
        url: checkedUrl(isObject(sent) ? sent.webUri : undefined, "story_cta"),
      } as const,
    })),
  );
  // Some apps send the mentions twice.
  const all = withoutRepeated([...today, ...older, ...swipes]);
  if (all.length > MOST) throw refuse(400, "Your story has too many stickers.");
  return all;
}

function withoutRepeated(stickers: readonly PlacedSticker[]): PlacedSticker[] {
  const mentioned = new Set<number>();
  return stickers.filter(({ content }) => {
    if (content.kind !== "mention") return true;
    const isNew = !mentioned.has(content.person.pk);
    mentioned.add(content.person.pk);
    return isNew;
  });
}

/** The objects in the JSON text of a list; none where the field is missing or empty. */
function listIn({ fields }: Exchange, name: string): readonly Sent[] {
  const text = textField(fields, name);
  if (text === undefined) return [];
  const list: unknown = text.length > LONGEST_FIELD ? undefined : parsed(text);
  if (!Array.isArray(list) || list.length > MOST || !list.every(isObject))
    throw invalidParameter(name);
  return list;
}

const isObject = (value: unknown): value is Sent =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return exactJson(text);
  } catch {
    return undefined;
  }
}

const NOWHERE: Spot = { x: 0, y: 0, z: 0, width: 0, height: 0, rotation: 0 };

/** Further than any app puts a sticker, and larger than it makes one. */
const FAR = 10;

/** Where a sticker is; what is left out is 0. Throws a Refusal (400). */
function spotOf(sent: Sent, field: string): Spot {
  const number = (name: string, most: number): number => {
    const value = sent[name] ?? 0;
    if (typeof value !== "number" || !(Math.abs(value) <= most)) throw invalidParameter(field);
    return value;
  };
  const [width, height] = [number("width", FAR), number("height", FAR)];
  if (width < 0 || height < 0) throw invalidParameter(field);
  return {
    x: number("x", FAR),
    y: number("y", FAR),
    z: number("z", 10_000_000),
    width,
    height,
    rotation: number("rotation", 360),
  };
}

function mention(exchange: Exchange, sent: Sent, field: string): StickerContent {
  const { world, viewer } = exchange;
  const person = findPerson(world, idOf(sent.user_id, field));
  if (person === undefined || world.friendships.blocks.has(person, viewer))
    throw refuse(400, "The mentioned user cannot be found.");
  const displayType =
    sent.display_type === undefined ? "mention_username" : textOf(sent.display_type, field);
  return { kind: "mention", person, displayType };
}

function hashtag(_: Exchange, sent: Sent, field: string): StickerContent {
  const name = textOf(sent.tag_name, field).replace(/^#/, "");
  if (!/^[\p{L}\p{M}\p{N}_]{1,100}$/u.test(name)) throw invalidParameter(field);
  return { kind: "hashtag", name: hashtagName(name) };
}

/** Apps send the place's id of Facebook, older ones also its own. */
function location(_: Exchange, sent: Sent, field: string): StickerContent | undefined {
  const id = idOf(sent.location_id, field);
  const place = PLACES.find(
    ({ facebookPlacesId, pk }) => String(facebookPlacesId) === id || String(pk) === id,
  );
  return place && { kind: "location", place };
}

function link(_: Exchange, sent: Sent, field: string): StickerContent {
  const title = sent.link_title === undefined ? "" : textOf(sent.link_title, field, 0);
  return { kind: "link", url: checkedUrl(sent.url, field), title };
}

function post(exchange: Exchange, sent: Sent, field: string): StickerContent {
  const { media_id: id } = sent;
  if (typeof id !== "string" && typeof id !== "number") throw invalidParameter(field);
  return { kind: "post", post: postOf(exchange, String(id)) };
}

function poll(_: Exchange, sent: Sent, field: string): StickerContent {
  // Older polls have no question.
  const question = textOf(sent.question ?? "", field, 0);
  return { kind: "poll", question, choices: choicesOf(sent.tallies, field) };
}

function question(_: Exchange, sent: Sent, field: string): StickerContent {
  return { kind: "question", question: textOf(sent.question, field) };
}

function slider(_: Exchange, sent: Sent, field: string): StickerContent {
  const asked = textOf(sent.question ?? "", field, 0);
  return { kind: "slider", question: asked, emoji: textOf(sent.emoji, field) };
}

function quiz(_: Exchange, sent: Sent, field: string): StickerContent {
  const choices = choicesOf(sent.options ?? sent.tallies, field);
  const correct = numberOf(sent.correct_answer);
  if (!Number.isInteger(correct) || correct < 0 || correct >= choices.length)
    throw invalidParameter(field);
  return { kind: "quiz", question: textOf(sent.question, field), choices, correct };
}

function countdown(_: Exchange, sent: Sent, field: string): StickerContent {
  const endsAt = numberOf(sent.end_ts);
  if (!Number.isSafeInteger(endsAt) || endsAt <= 0) throw invalidParameter(field);
  return { kind: "countdown", text: textOf(sent.text, field), endsAt };
}

function picture(_: Exchange, sent: Sent, field: string): StickerContent {
  const id = textOf(sent.str_id ?? sent.tap_state_str_id ?? "", field, 0);
  return { kind: "picture", type: textOf(sent.type ?? "sticker", field), id };
}

function choicesOf(value: unknown, field: string): string[] {
  if (!Array.isArray(value) || value.length < 2 || value.length > MOST_CHOICES)
    throw invalidParameter(field);
  return value.map((choice: unknown) => textOf(isObject(choice) ? choice.text : choice, field));
}

function textOf(value: unknown, field: string, shortest = 1): string {
  if (typeof value !== "string" || value.length < shortest || value.length > LONGEST_TEXT)
    throw invalidParameter(field);
  return value;
}

/** A number, or the one in a text; NaN for all else. */
const numberOf = (value: unknown): number =>
  typeof value === "string" || typeof value === "number" ? Number(value) : Number.NaN;

function idOf(value: unknown, field: string): string {
  const id = typeof value === "number" ? String(value) : value;
  if (typeof id !== "string") throw invalidParameter(field);
  if (!/^\d{1,19}$/.test(id)) throw invalidParameter(field);
  return id;
}

/** Most characters of a link. */
const LONGEST_URL = 2_000;

/** A link that a story can lead to. Throws a Refusal (400) for other values. */
export function checkedUrl(value: unknown, field: string): string {
  const text = typeof value === "string" && value.length <= LONGEST_URL ? value : "";
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || !url.hostname.includes("."))
    throw text === "" ? invalidParameter(field) : refuse(400, "This link is not valid.");
  return text;
}
