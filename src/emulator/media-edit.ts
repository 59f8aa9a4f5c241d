import { invalidParameter, json, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { postOf } from "./media.ts";
import type { Exchange } from "./router.ts";
import { hashtagsIn } from "./seed/hashtags.ts";
import { PLACES, type Place, placeOf } from "./seed/places.ts";
import type { Post, Tagged } from "./seed/posts.ts";
import { tagOf } from "./seed/tags.ts";

/** Most characters of a caption. */
const LONGEST_CAPTION = 2_200;

/** Most different hashtags in a caption. */
const MOST_HASHTAGS = 30;

/** Most users tagged on a post. */
const MOST_TAGGED = 20;

/**
 * Changes a post of the viewer: its caption, and where the fields `usertags` and `location` are sent,
 * who is tagged on it and where it was made.
 */
export function edit(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const post = postOf(exchange, exchange.param("id"));
  if (post.owner.pk !== viewer.pk) throw refuse(403, "You cannot edit this media.");
  const { caption_text: caption } = fields;
  if (typeof caption !== "string") throw invalidParameter("caption_text");
  if (caption.length > LONGEST_CAPTION) throw refuse(400, "Your caption is too long.");
  if (hashtagsIn(caption).size > MOST_HASHTAGS)
    throw refuse(400, "Your caption can have 30 hashtags at the most.");
  const shows = { tagged: taggedBy(exchange, post), place: placeBy(exchange, post) };
  world.posts.edit(post, caption, shows);
  const edited = world.posts.byPk(post.pk) ?? post;
  return json(`{"media":${world.mediaText(viewer, edited)},"status":"ok"}`);
}

/** JSON text in a field; undefined where the field is missing. Throws a Refusal (400) for other text. */
function parsedField({ fields }: Exchange, name: string): unknown {
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

/** The users in `usertags`: `{"in": [{"user_id": "<pk>", "position": [<x>, <y>]}]}`. */
function taggedBy(exchange: Exchange, post: Post): readonly Tagged[] {
  const given = parsedField(exchange, "usertags") as { readonly in?: unknown } | null | undefined;
  if (given === undefined)
    return post.shows?.tagged ?? exchange.world.posts.taggedOn(post).map(tagOf(post));
  const list = given?.in;
  if (!Array.isArray(list)) throw invalidParameter("usertags");
  if (list.length > MOST_TAGGED) throw refuse(400, "You can only tag up to 20 people.");
  const tagged = list.map((tag: TagField | null): Tagged => {
    const id = String(tag?.user_id);
    const person = /^\d{1,15}$/.test(id) ? exchange.world.people.byPk(Number(id)) : undefined;
    if (person === undefined || exchange.world.friendships.blocks.has(person, exchange.viewer))
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

/** The place in `location`: known by its Facebook id, none where that is unknown or `{}` is sent. */
function placeBy(exchange: Exchange, post: Post): Place | undefined {
  const given = parsedField(exchange, "location");
  if (given === undefined)
    return post.shows === undefined ? placeOf(exchange.world.seed.people, post) : post.shows.place;
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw invalidParameter("location");
  const { facebook_places_id: id } = given as { readonly facebook_places_id?: unknown };
  return PLACES.find(({ facebookPlacesId }) => String(facebookPlacesId) === String(id));
}
