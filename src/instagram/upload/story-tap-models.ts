import type { JsonInput } from "../json.ts";
import { pythonFloat, pythonRound } from "../python-json.ts";
import { asciiJson, spacedJson } from "../signing.ts";
import type { StickerDraft, StoryDecoration, StoryPlace } from "./story-decoration.ts";

/*
 * The fields of `media/configure_to_story/` that say what lies on top of a story. All of it is in
 * `tap_models`, JSON text; what stands beside that differs between photos and videos.
 */

type Fields = { readonly [name: string]: JsonInput };

/** For a photo. Of the mentions, `reel_mentions` has only the last. `story_sticker_ids` may be empty. */
export function decorationOfPhoto(decoration: StoryDecoration): Fields {
  const mentions = decoration.mentions.map(mentionModel);
  const last = mentions.at(-1);
  return {
    story_sticker_ids: stickerIdsOf(decoration),
    ...(last === undefined ? {} : { reel_mentions: spacedJson([last]) }),
    ...animatedIn(decoration),
    ...tapModels([...mentions, ...othersOf(decoration, asGiven)]),
  };
}

/** For a video. */
export function decorationOfVideo(decoration: StoryDecoration): Fields {
  const mentions = decoration.mentions.map((mention) => ({
    ...mentionModel(mention),
    tap_state: 0,
    tap_state_str_id: "mention_text",
  }));
  const stickerIds = stickerIdsOf(decoration);
  return {
    ...(mentions.length === 0
      ? {}
      : { text_metadata: asciiJson(decoration.mentions.map(mentionText)) }),
    ...animatedIn(decoration),
    ...tapModels([...mentions, ...othersOf(decoration, rounded)]),
    ...(stickerIds === "" ? {} : { story_sticker_ids: stickerIds }),
  };
}

/** `story_sticker_ids`: the kinds of stickers that are used, and the ids of those that have one. */
function stickerIdsOf({ hashtags, locations, link, stickers }: StoryDecoration): string {
  return [
    ...(hashtags.length === 0 ? [] : ["hashtag_sticker"]),
    ...(locations.length === 0 ? [] : ["location_sticker"]),
    ...(link === null ? [] : ["link_sticker_default"]),
    ...stickers.flatMap(({ id }) => id || []),
  ].join(",");
}

const tapModels = (models: readonly Fields[]): Fields =>
  models.length === 0 ? {} : { tap_models: asciiJson(models) };

const animatedIn = ({ stickers }: StoryDecoration): Fields =>
  stickers.some(({ type }) => type === "gif") ? { has_animated_sticker: "1" } : {};

/** How the numbers of a sticker's place are written. */
type Writing = (value: number) => JsonInput;
const asGiven: Writing = pythonFloat;
const rounded: Writing = (value) => pythonFloat(pythonRound(value, 7));

/** Of what is no sticker of the caller's: the app lays it straight. */
const flat = ({ x, y, width, height }: StoryPlace): Fields => ({
  x: pythonFloat(x),
  y: pythonFloat(y),
  z: 0,
  width: pythonFloat(width),
  height: pythonFloat(height),
  rotation: pythonFloat(0),
});

const mentionModel = (mention: StoryDecoration["mentions"][number]): Fields => ({
  ...flat(mention),
  type: "mention",
  user_id: mention.user.pk,
  is_sticker: false,
  display_type: "mention_username",
});

/** The text that the app would show a mention with. */
const mentionText = ({ x, y }: StoryPlace): Fields => ({
  font_size: pythonFloat(24),
  scale: pythonFloat(1),
  width: pythonFloat(366),
  height: pythonFloat(102),
  x: pythonFloat(x),
  y: pythonFloat(y),
  rotation: pythonFloat(0),
});

/** A sticker whose id is among its further fields, too, if it has any. */
export function sentSticker(sticker: StickerDraft): StickerDraft {
  const { id, extra } = sticker;
  if (!id || extra === null || Object.keys(extra).length === 0) return sticker;
  return { ...sticker, extra: { ...extra, str_id: id } };
}

function othersOf(
  { hashtags, locations, link, stickers }: StoryDecoration,
  written: Writing,
): Fields[] {
  return [
    ...hashtags.map((hashtag) => ({
      ...flat(hashtag),
      type: "hashtag",
      tag_name: hashtag.hashtag.name,
      is_sticker: true,
      tap_state: 0,
      tap_state_str_id: "hashtag_sticker_gradient",
    })),
    ...locations.map(({ location, ...place }) => ({
      ...flat(place),
      type: "location",
      // Places are known by their source's id.
      location_id: location.external_id ?? location.pk ?? "",
      is_sticker: true,
      tap_state: 0,
      tap_state_str_id: "location_sticker_vibrant",
    })),
    ...stickers.map((sticker) => stickerModel(sticker, written)),
    ...(link === null ? [] : [stickerModel(linkSticker(link), written)]),
  ];
}

function stickerModel(sticker: StickerDraft, written: Writing): Fields {
  return {
    x: written(sticker.x),
    y: written(sticker.y),
    z: sticker.z,
    width: written(sticker.width),
    height: written(sticker.height),
    rotation: sticker.rotation === null ? null : pythonFloat(sticker.rotation),
    type: sticker.type,
    is_sticker: true,
    selected_index: 0,
    tap_state: 0,
    ...sticker.extra,
    ...(sticker.id ? { str_id: sticker.id } : {}),
  };
}

const linkSticker = ({ webUri, ...place }: NonNullable<StoryDecoration["link"]>): StickerDraft => ({
  ...place,
  id: null,
  type: "story_link",
  story_link: null,
  extra: { link_type: "web", url: webUri, tap_state_str_id: "link_sticker_default" },
});
