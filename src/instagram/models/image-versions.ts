import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { boolean, defaulted, integer, list, number, object, optional, text } from "./fields.ts";
import { model } from "./model.ts";

/** One size of an image, or a frame of a video. `url` is the upstream's text, unchecked. */
export const SharedMediaImageCandidate = model(
  "SharedMediaImageCandidate",
  {
    estimated_scans_sizes: defaulted(list(integer()), []),
    height: integer(),
    scans_profile: optional(text()),
    url: text(),
    width: integer(),
    is_spatial_image: optional(boolean()),
  },
  { description: "Image candidate for shared media clips with video features" },
);

/** Frames of a video that can stand as its cover. */
export const AdditionalCandidates = model(
  "AdditionalCandidates",
  {
    first_frame: optional(object(SharedMediaImageCandidate)),
    igtv_first_frame: optional(object(SharedMediaImageCandidate)),
    smart_frame: optional(object(SharedMediaImageCandidate)),
  },
  { description: "Additional candidates structure in image_versions2" },
);

/** The sheet of small frames that a player shows while seeking. Lengths are in seconds. */
export const ScrubberSpritesheetInfo = model(
  "ScrubberSpritesheetInfo",
  {
    file_size_kb: integer(),
    max_thumbnails_per_sprite: integer(),
    rendered_width: integer(),
    sprite_height: integer(),
    sprite_urls: list(text()),
    sprite_width: integer(),
    thumbnail_duration: number(),
    thumbnail_height: integer(),
    thumbnail_width: integer(),
    thumbnails_per_row: integer(),
    total_thumbnail_num_per_sprite: integer(),
    video_length: number(),
  },
  { description: "Spritesheet information for video scrubbing" },
);

/** The sheets of a video by name; only `default` is known. */
export const ScrubberSpritesheetInfoCandidates = model(
  "ScrubberSpritesheetInfoCandidates",
  { default: object(ScrubberSpritesheetInfo) },
  { description: "Container for spritesheet information candidates" },
);

/** `image_versions2` of a media: all sizes of an image, or of a video's cover. */
export const SharedMediaImageVersions = model(
  "SharedMediaImageVersions",
  {
    additional_candidates: optional(object(AdditionalCandidates)),
    candidates: defaulted(list(SharedMediaImageCandidate), []),
    scrubber_spritesheet_info_candidates: optional(object(ScrubberSpritesheetInfoCandidates), {
      from: usableSheets,
    }),
  },
  { description: "Complete image_versions2 structure for shared media clips" },
);

/** A sheet without its picture URLs is of no use: the whole object is left out (Python facts). */
function usableSheets(raw: JsonObject, drift: DriftReporter): Json | undefined {
  const sheets = raw.scrubber_spritesheet_info_candidates;
  if (!isJsonObject(sheets)) return sheets;
  const sheet = sheets.default;
  const urls = isJsonObject(sheet) ? sheet.sprite_urls : undefined;
  if (Array.isArray(urls) && urls.length > 0) return sheets;
  if (urls !== undefined && urls !== null && !Array.isArray(urls))
    drift("ScrubberSpritesheetInfo", "sprite_urls");
  else if (!isJsonObject(sheet)) drift("ScrubberSpritesheetInfoCandidates", "default");
  return null;
}
