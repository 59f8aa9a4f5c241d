import { type Static, Type } from "@sinclair/typebox";
import { jsonContent, jsonId, jsonItems } from "../http/json-fields.ts";
import type { JsonObject } from "../instagram/json.ts";
import type { Location } from "../instagram/models/location.ts";
import type { Model } from "../instagram/models/model.ts";
import {
  StoryHashtag,
  StoryLink,
  StoryLocation,
  StoryMention,
  StorySticker,
  StoryStickerLink,
} from "../instagram/models/story-stickers.ts";
import { parseHashtag } from "../instagram/operations/hashtag.ts";
import type { StoryDecoration, StoryPlace } from "../instagram/upload/story-decoration.ts";
import { InvalidInput } from "../problems/problem.ts";
import { LocationInput, orNull } from "./tagging.ts";

/*
 * What callers put on top of a story: form fields with JSON objects in the shapes of a story's own
 * `mentions`, `hashtags`, `locations`, `links` and `stickers`.
 */

/** More than anybody can see on one story. */
const MOST = 50;

const number = (description: string) => Type.Number({ description });
const text = (description: string) => orNull(Type.String({ description }));

const placeFields = {
  x: number("The middle, from the left edge (0) to the right one (1)."),
  y: number("The middle, from the upper edge (0) to the lower one (1)."),
  width: number("Width, as a part of the story's."),
  height: number("Height, as a part of the story's."),
};
const rotation = number("How far it is turned, in turns.");

/** What of a place is left out or null is the centre. */
const centred = {
  x: orNull(placeFields.x),
  y: orNull(placeFields.y),
  width: orNull(placeFields.width),
  height: orNull(placeFields.height),
  rotation: orNull(rotation),
};
const CENTRE: StoryPlace = { x: 0.5, y: 0.5, width: 0.5, height: 0.2, rotation: 0 };
const CENTRED =
  "x, y, width, height and rotation may be left out: then it is in the centre. The app lays these straight, whatever rotation is given.";
const REPEATED = "each as a JSON object: repeat the field, or give one JSON array.";

const MentionInput = Type.Object({
  user: Type.Object({
    pk: jsonId("User pk."),
    username: text("Username."),
    full_name: text("Name."),
    profile_pic_url: text("The user's picture."),
    profile_pic_url_hd: text("The same, larger."),
    is_private: orNull(Type.Boolean({ description: "Whether the account is private." })),
  }),
  ...centred,
});

const HashtagInput = Type.Object({
  hashtag: Type.Object({
    id: orNull(jsonId("Id of the hashtag.")),
    name: Type.String({ description: "Its name." }),
    media_count: orNull(Type.Integer({ description: "How many posts have it." })),
    profile_pic_url: text("Its picture."),
  }),
  ...centred,
});

const StoryLocationInput = Type.Object({
  location: Type.Object({
    ...LocationInput.properties,
    phone: text("Phone number."),
    website: text("Website."),
    category: text("Kind of place."),
    city: text("City."),
    zip: text("Postal code."),
  }),
  ...centred,
});

const LinkInput = Type.Object({
  webUri: Type.String({ minLength: 1, maxLength: 2083, description: "Where it leads: a URL." }),
  ...centred,
  z: orNull(Type.Integer({ description: "The layer that it lies on." })),
});

const StickerInput = Type.Object({
  id: text("Instagram's id of the sticker."),
  type: orNull(Type.String({ description: "Type of the sticker." })),
  ...placeFields,
  z: orNull(Type.Integer({ description: "The layer that it lies on." })),
  rotation: orNull(rotation),
  story_link: orNull(
    Type.Object({
      url: Type.String({ description: "Where it leads." }),
      link_title: text("Title of the link."),
      link_type: text("Type of the link."),
      display_url: text("The link as it is shown."),
    }),
  ),
  extra: orNull(
    jsonContent("Further fields of the sticker as Instagram takes them; they outrank the others."),
  ),
});

/** The form fields of what lies on top of a story. */
export const decorationFields = {
  mentions: Type.Optional(
    jsonItems(MentionInput, {
      maxItems: MOST,
      description: `Users to mention, like those in \`mentions\` of a story, ${REPEATED} ${CENTRED}`,
      examples: ['{"user": {"pk": "25025320", "username": "instagram"}, "x": 0.5, "y": 0.25}'],
    }),
  ),
  locations: Type.Optional(
    jsonItems(StoryLocationInput, {
      maxItems: MOST,
      description: `Places, like those in \`locations\` of a story, ${REPEATED} ${CENTRED} One without external_id costs one more request, or two.`,
      examples: [
        '{"location": {"pk": "213385402", "name": "Berlin, Germany", "lat": 52.51, "lng": 13.38, "external_id": "111777152182368", "external_id_source": "facebook_places"}, "y": 0.75}',
      ],
    }),
  ),
  links: Type.Optional(
    jsonItems(LinkInput, {
      maxItems: MOST,
      description: `Where the story leads, like \`links\` of a story, ${REPEATED} Instagram takes one link, the first.`,
      examples: ['{"webUri": "https://example.com/"}'],
    }),
  ),
  hashtags: Type.Optional(
    jsonItems(HashtagInput, {
      maxItems: MOST,
      description: `Hashtags, like those in \`hashtags\` of a story, ${REPEATED} ${CENTRED}`,
      examples: ['{"hashtag": {"id": "17843787490014522", "name": "berlin"}}'],
    }),
  ),
  stickers: Type.Optional(
    jsonItems(StickerInput, {
      maxItems: MOST,
      description: `Other stickers, ${REPEATED} type is gif unless given; x, y, width and height are required; extra holds what its type needs.`,
      examples: [
        '{"id": "emoji_reaction_1", "type": "gif", "x": 0.5, "y": 0.6, "width": 0.5, "height": 0.2, "extra": {"attribution": "giphy"}}',
      ],
    }),
  ),
};

type DecorationInput = Partial<{
  [Name in keyof typeof decorationFields]: Static<(typeof decorationFields)[Name]>;
}>;

/** What the fields say. Throws InvalidInput for a hashtag or a link that is none. */
export function decorationOf(given: DecorationInput): StoryDecoration {
  const { mentions = [], hashtags = [], locations = [], links = [], stickers = [] } = given;
  return {
    mentions: mentions.map((mention, at) => ({
      ...as(StoryMention, mention, `mentions[${at}].user.pk`, "must be a user's pk"),
      ...placeOf(mention),
    })),
    hashtags: hashtags.map(({ hashtag, ...place }, at) => {
      const field = `hashtags[${at}].hashtag.name`;
      const name = parseHashtag(hashtag.name, field);
      return {
        ...as(StoryHashtag, { hashtag: { ...hashtag, name } }, field, "must be a hashtag"),
        ...placeOf(place),
      };
    }),
    locations: locations.map((location, at) => {
      const field = `locations[${at}].location`;
      const read = as(StoryLocation, location, field, "must be a place");
      requireFindable(read.location, field);
      return { ...read, ...placeOf(location) };
    }),
    link: links.map((link, at) => as(StoryLink, link, `links[${at}].webUri`, NO_URL))[0] ?? null,
    stickers: stickers.map(({ extra = {}, story_link: link, ...sticker }, at) => ({
      ...as(StorySticker, sticker, `stickers[${at}]`, "must be a sticker"),
      story_link: link
        ? as(StoryStickerLink, link, `stickers[${at}].story_link.url`, NO_URL)
        : null,
      extra,
    })),
  };
}

/** Throws InvalidInput for a place that says nothing by which Instagram could know it. */
function requireFindable({ pk, external_id, lat, lng }: Location, field: string): void {
  const hasId = [pk, external_id].some((id) => id !== null && id !== "0");
  if (hasId || (lat !== null && lng !== null)) return;
  throw new InvalidInput(field, "must have a pk, an external_id, or lat and lng");
}

const NO_URL = "must be an http or https URL";

function placeOf(given: { [Name in keyof StoryPlace]?: number | null }): StoryPlace {
  return {
    x: given.x ?? CENTRE.x,
    y: given.y ?? CENTRE.y,
    width: given.width ?? CENTRE.width,
    height: given.height ?? CENTRE.height,
    rotation: given.rotation ?? CENTRE.rotation,
  };
}

/** A caller's object as a model has it. Throws InvalidInput if it lacks what makes it what it is. */
function as<T>(model: Model<T>, given: JsonObject, field: string, problem: string): T {
  const read = model.read(given, () => {});
  if (read === null) throw new InvalidInput(field, problem);
  return read;
}
