import { invalidParameter, refuse } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import type { Exchange } from "./router.ts";
import { hashtagsIn } from "./seed/hashtags.ts";
import { PLACES, type Place } from "./seed/places.ts";
import type { Tagged } from "./seed/posts.ts";

/* The fields of a post that is made or edited. Each function throws a Refusal (400) for wrong values. */

/** Most characters of a caption. */
const LONGEST_CAPTION = 2_200;

/** Most different hashtags in a caption. */
const MOST_HASHTAGS = 30;

/** Most users tagged on a post. */
const MOST_TAGGED = 20;

/** The caption in a field, empty where the field is missing. */
export function captionIn(fields: Fields, name: string): string {
  const caption = fields[name] ?? "";
  if (typeof caption !== "string") throw invalidParameter(name);
  if (caption.length > LONGEST_CAPTION) throw refuse(400, "Your caption is too long.");
  if (hashtagsIn(caption).size > MOST_HASHTAGS)
    throw refuse(400, "Your caption can have 30 hashtags at the most.");
  return caption;
}

/** The value of the JSON text in a field; undefined where the field is missing. */
export function parsedField(fields: Fields, name: string): unknown {
  const text = textField(fields, name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw invalidParameter(name);
  }
}

interface TagField {
  readonly user_id?: unknown;
  readonly position?: unknown;
}

/**
 * The users in `usertags`: `{"in": [{"user_id": "<pk>", "position": [<x>, <y>]}]}`. Undefined where the
 * field is missing.
 */
export function taggedIn(
  { world, viewer }: Exchange,
  fields: Fields,
): readonly Tagged[] | undefined {
  const given = parsedField(fields, "usertags") as { readonly in?: unknown } | null | undefined;
  if (given === undefined) return undefined;
  const list = given?.in;
  if (!Array.isArray(list)) throw invalidParameter("usertags");
  if (list.length > MOST_TAGGED) throw refuse(400, "You can only tag up to 20 people.");
  const tagged = list.map((tag: TagField | null): Tagged => {
    const id = textField({ ...tag }, "user_id") ?? "";
    const person = /^\d{1,15}$/.test(id) ? world.people.byPk(Number(id)) : undefined;
    if (person === undefined || world.friendships.blocks.has(person, viewer))
      throw refuse(400, "The tagged user cannot be found.");
    return { person, position: positionOf(tag?.position) };
  });
  if (new Set(tagged.map(({ person }) => person.pk)).size < tagged.length)
    throw invalidParameter("usertags");
  return tagged;
}

function positionOf(value: unknown): readonly [number, number] {
  const [x, y, ...more] = Array.isArray(value) ? value : [];
  const isShare = (one: unknown) => typeof one === "number" && one >= 0 && one <= 1;
  if (!isShare(x) || !isShare(y) || more.length > 0) throw invalidParameter("usertags");
  return [x, y];
}

/**
 * The place in `location`, known by its Facebook id. No place where that is unknown or `{}` is sent;
 * undefined where the field is missing.
 */
export function placeIn(fields: Fields): { readonly place: Place | undefined } | undefined {
  const given = parsedField(fields, "location");
  if (given === undefined) return undefined;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw invalidParameter("location");
  const id = textField(given as Fields, "facebook_places_id");
  return { place: PLACES.find(({ facebookPlacesId }) => String(facebookPlacesId) === id) };
}
