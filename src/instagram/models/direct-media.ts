import { isJsonObject, type Json, type JsonObject, objectOr } from "../json.ts";
import { filled, integer, key, kind, object, optional, text, uri } from "./fields.ts";
import { largestImageUrl, largestUrl } from "./media-parts.ts";
import { type Infer, model } from "./model.ts";
import { Uri } from "./schema.ts";
import { UserShort } from "./user-short.ts";
import { toText, toUri } from "./values.ts";

/**
 * A photo (`media_type` 1), video (2) or voice message (11) that was sent in a thread. What was sent
 * before 2019 has no id: that of the message, put into it as `item_id`, stands for it.
 */
export const DirectMedia = model("DirectMedia", {
  id: key(
    text({ from: ({ id, pk, item_id }) => toText(id) || toText(pk) || toText(item_id) || null }),
  ),
  media_type: integer(),
  user: optional(object(UserShort)),
  thumbnail_url: optional(uri(), {
    from: ({ image_versions2, thumbnail_url }) => largestImageUrl(image_versions2) ?? thumbnail_url,
  }),
  video_url: optional(uri(), {
    from: ({ video_versions, video_url }) => largestUrl(video_versions) ?? video_url,
  }),
  audio_url: optional(uri(), {
    from: ({ audio, audio_url }) => (isJsonObject(audio) ? audio.audio_src : audio_url),
  }),
});
export type DirectMedia = Infer<typeof DirectMedia>;

/**
 * A post, Reel or link as messages share one now: a card that leads to `video_url`. One without a
 * target is usual, and none.
 */
export const MediaXma = model(
  "MediaXma",
  {
    video_url: key(
      kind(Uri(), (target) => toUri(target) ?? appLink(target), "", { from: "target_url" }),
    ),
    title: optional(text(), { missing: "", from: "title_text" }),
    preview_url: cardText(),
    preview_url_mime_type: cardText(),
    header_icon_url: optional(text(), { from: filled("header_icon_url") }),
    header_icon_width: optional(integer(), { missing: 0, default: null }),
    header_icon_height: optional(integer(), { missing: 0, default: null }),
    header_title_text: cardText(),
    preview_media_fbid: cardText(),
  },
  { unwrap: leadingSomewhere },
);
export type MediaXma = Infer<typeof MediaXma>;

function cardText() {
  return optional(text(), { missing: "", default: null });
}

function leadingSomewhere(value: Json | undefined): JsonObject | null {
  const raw = objectOr(value);
  return raw.target_url ? raw : null;
}

/** A link into the app, as cards of threads and of some posts have them. */
const appLink = (target: Json): string | undefined =>
  typeof target === "string" && /^instagram:\/\/[\w\-.~:/?@!$&'()*+,;=%]*$/.test(target)
    ? target
    : undefined;
