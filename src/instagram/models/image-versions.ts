import { type Static, Type } from "@sinclair/typebox";
import { isJsonObject } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readInteger,
  readNumber,
  readOptionalBoolean,
  readOptionalText,
  readText,
} from "./read.ts";
import {
  readIntegers,
  readModels,
  readNested,
  readObject,
  readOptionalObject,
  readTexts,
} from "./read-nested.ts";
import { Nullable } from "./schema.ts";

/** One size of an image. `url` is the upstream's text, unchecked. */
export const SharedMediaImageCandidateSchema = Type.Object(
  {
    estimated_scans_sizes: Type.Optional(Type.Array(Type.Integer(), { default: [] })),
    height: Type.Integer(),
    scans_profile: Type.Optional(Nullable(Type.String())),
    url: Type.String(),
    width: Type.Integer(),
    is_spatial_image: Type.Optional(Nullable(Type.Boolean())),
  },
  {
    title: "SharedMediaImageCandidate",
    description: "Image candidate for shared media clips with video features",
  },
);
export type SharedMediaImageCandidate = Static<typeof SharedMediaImageCandidateSchema>;

/** An item of `image_versions2.candidates`, or one of the frames beside them. */
export type RawSharedMediaImageCandidate = Raw<keyof SharedMediaImageCandidate>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readSharedMediaImageCandidate(
  raw: RawSharedMediaImageCandidate,
  drift: DriftReporter,
): SharedMediaImageCandidate {
  const model = "SharedMediaImageCandidate";
  return {
    estimated_scans_sizes: readIntegers(
      raw.estimated_scans_sizes,
      drift,
      model,
      "estimated_scans_sizes",
    ),
    height: readInteger(raw.height, drift, model, "height"),
    scans_profile: readOptionalText(raw.scans_profile, drift, model, "scans_profile"),
    url: readText(raw.url, drift, model, "url"),
    width: readInteger(raw.width, drift, model, "width"),
    is_spatial_image: readOptionalBoolean(raw.is_spatial_image, drift, model, "is_spatial_image"),
  };
}

/** Frames of a video that can stand as its cover. */
export const AdditionalCandidatesSchema = Type.Object(
  {
    first_frame: Type.Optional(Nullable(SharedMediaImageCandidateSchema)),
    igtv_first_frame: Type.Optional(Nullable(SharedMediaImageCandidateSchema)),
    smart_frame: Type.Optional(Nullable(SharedMediaImageCandidateSchema)),
  },
  {
    title: "AdditionalCandidates",
    description: "Additional candidates structure in image_versions2",
  },
);
export type AdditionalCandidates = Static<typeof AdditionalCandidatesSchema>;

/** `image_versions2.additional_candidates`. */
export type RawAdditionalCandidates = Raw<keyof AdditionalCandidates>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readAdditionalCandidates(
  raw: RawAdditionalCandidates,
  drift: DriftReporter,
): AdditionalCandidates {
  return {
    first_frame: readNested(
      raw.first_frame,
      readSharedMediaImageCandidate,
      drift,
      "AdditionalCandidates",
      "first_frame",
    ),
    igtv_first_frame: readNested(
      raw.igtv_first_frame,
      readSharedMediaImageCandidate,
      drift,
      "AdditionalCandidates",
      "igtv_first_frame",
    ),
    smart_frame: readNested(
      raw.smart_frame,
      readSharedMediaImageCandidate,
      drift,
      "AdditionalCandidates",
      "smart_frame",
    ),
  };
}

/** The sheet of small frames that a player shows while seeking. Lengths are in seconds. */
export const ScrubberSpritesheetInfoSchema = Type.Object(
  {
    file_size_kb: Type.Integer(),
    max_thumbnails_per_sprite: Type.Integer(),
    rendered_width: Type.Integer(),
    sprite_height: Type.Integer(),
    sprite_urls: Type.Array(Type.String()),
    sprite_width: Type.Integer(),
    thumbnail_duration: Type.Number(),
    thumbnail_height: Type.Integer(),
    thumbnail_width: Type.Integer(),
    thumbnails_per_row: Type.Integer(),
    total_thumbnail_num_per_sprite: Type.Integer(),
    video_length: Type.Number(),
  },
  { title: "ScrubberSpritesheetInfo", description: "Spritesheet information for video scrubbing" },
);
export type ScrubberSpritesheetInfo = Static<typeof ScrubberSpritesheetInfoSchema>;

/** `image_versions2.scrubber_spritesheet_info_candidates.default`. */
export type RawScrubberSpritesheetInfo = Raw<keyof ScrubberSpritesheetInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readScrubberSpritesheetInfo(
  raw: RawScrubberSpritesheetInfo,
  drift: DriftReporter,
): ScrubberSpritesheetInfo {
  const model = "ScrubberSpritesheetInfo";
  return {
    file_size_kb: readInteger(raw.file_size_kb, drift, model, "file_size_kb"),
    max_thumbnails_per_sprite: readInteger(
      raw.max_thumbnails_per_sprite,
      drift,
      model,
      "max_thumbnails_per_sprite",
    ),
    rendered_width: readInteger(raw.rendered_width, drift, model, "rendered_width"),
    sprite_height: readInteger(raw.sprite_height, drift, model, "sprite_height"),
    sprite_urls: readTexts(raw.sprite_urls, drift, model, "sprite_urls"),
    sprite_width: readInteger(raw.sprite_width, drift, model, "sprite_width"),
    thumbnail_duration: readNumber(raw.thumbnail_duration, drift, model, "thumbnail_duration"),
    thumbnail_height: readInteger(raw.thumbnail_height, drift, model, "thumbnail_height"),
    thumbnail_width: readInteger(raw.thumbnail_width, drift, model, "thumbnail_width"),
    thumbnails_per_row: readInteger(raw.thumbnails_per_row, drift, model, "thumbnails_per_row"),
    total_thumbnail_num_per_sprite: readInteger(
      raw.total_thumbnail_num_per_sprite,
      drift,
      model,
      "total_thumbnail_num_per_sprite",
    ),
    video_length: readNumber(raw.video_length, drift, model, "video_length"),
  };
}

/** The sheets of a video by name; only `default` is known. */
export const ScrubberSpritesheetInfoCandidatesSchema = Type.Object(
  {
    default: ScrubberSpritesheetInfoSchema,
  },
  {
    title: "ScrubberSpritesheetInfoCandidates",
    description: "Container for spritesheet information candidates",
  },
);
export type ScrubberSpritesheetInfoCandidates = Static<
  typeof ScrubberSpritesheetInfoCandidatesSchema
>;

/** `image_versions2.scrubber_spritesheet_info_candidates`. */
export type RawScrubberSpritesheetInfoCandidates = Raw<keyof ScrubberSpritesheetInfoCandidates>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readScrubberSpritesheetInfoCandidates(
  raw: RawScrubberSpritesheetInfoCandidates,
  drift: DriftReporter,
): ScrubberSpritesheetInfoCandidates {
  return {
    default: readScrubberSpritesheetInfo(
      readObject(raw.default, drift, "ScrubberSpritesheetInfoCandidates", "default"),
      drift,
    ),
  };
}

/** All sizes of an image, or of a video's cover. */
export const SharedMediaImageVersionsSchema = Type.Object(
  {
    additional_candidates: Type.Optional(Nullable(AdditionalCandidatesSchema)),
    candidates: Type.Optional(Type.Array(SharedMediaImageCandidateSchema, { default: [] })),
    scrubber_spritesheet_info_candidates: Type.Optional(
      Nullable(ScrubberSpritesheetInfoCandidatesSchema),
    ),
  },
  {
    title: "SharedMediaImageVersions",
    description: "Complete image_versions2 structure for shared media clips",
  },
);
export type SharedMediaImageVersions = Static<typeof SharedMediaImageVersionsSchema>;

/** `image_versions2` of a media or of an album item. */
export type RawSharedMediaImageVersions = Raw<keyof SharedMediaImageVersions>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readSharedMediaImageVersions(
  raw: RawSharedMediaImageVersions,
  drift: DriftReporter,
): SharedMediaImageVersions {
  return {
    additional_candidates: readNested(
      raw.additional_candidates,
      readAdditionalCandidates,
      drift,
      "SharedMediaImageVersions",
      "additional_candidates",
    ),
    candidates: readModels(
      raw.candidates,
      readSharedMediaImageCandidate,
      drift,
      "SharedMediaImageVersions",
      "candidates",
    ),
    scrubber_spritesheet_info_candidates: scrubber(raw, drift),
  };
}

/** A sheet without its picture URLs is of no use: the whole object is left out (Python facts). */
function scrubber(
  raw: RawSharedMediaImageVersions,
  drift: DriftReporter,
): ScrubberSpritesheetInfoCandidates | null {
  const field = "scrubber_spritesheet_info_candidates";
  const candidates = readOptionalObject(raw[field], drift, "SharedMediaImageVersions", field);
  if (candidates === null) return null;
  const sheet = candidates.default;
  const urls = isJsonObject(sheet) ? sheet.sprite_urls : undefined;
  if (Array.isArray(urls) && urls.length > 0)
    return readScrubberSpritesheetInfoCandidates(candidates, drift);
  if (urls !== undefined && urls !== null && !Array.isArray(urls))
    drift("ScrubberSpritesheetInfo", "sprite_urls");
  else if (!isJsonObject(sheet)) drift("ScrubberSpritesheetInfoCandidates", "default");
  return null;
}
