import { type Static, Type } from "@sinclair/typebox";
import type { Json } from "../json.ts";
import { readOptionalMicroseconds } from "./direct-time.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readInteger, readOptionalInteger, readOptionalText } from "./read.ts";
import { readModels, readNested } from "./read-nested.ts";
import { DateTime, Nullable } from "./schema.ts";
import { toText } from "./values.ts";

/** Where a file is to be had when its own URL does not work. */
export const FallbackUrlSchema = Type.Object(
  { url: Type.String() },
  { title: "FallbackUrl", description: "Fallback URL structure for media candidates" },
);
export type FallbackUrl = Static<typeof FallbackUrlSchema>;

/** `fallback` of a file. */
export type RawFallbackUrl = Raw<keyof FallbackUrl>;

/** Null without its URL. */
export function readFallbackUrl(raw: RawFallbackUrl, drift: DriftReporter): FallbackUrl | null {
  const url = urlOf(raw.url, drift, "FallbackUrl");
  return url === null ? null : { url };
}

/** One size of a picture that can be viewed once. */
export const DirectMessageImageCandidateSchema = Type.Object(
  {
    width: Type.Integer(),
    height: Type.Integer(),
    url: Type.String(),
    scans_profile: Type.Optional(Nullable(Type.String())),
    fallback: Type.Optional(Nullable(FallbackUrlSchema)),
    url_expiration_timestamp_us: Type.Optional(Nullable(DateTime())),
  },
  {
    title: "DirectMessageImageCandidate",
    description: "Image candidate for ephemeral visual media in direct messages",
  },
);
export type DirectMessageImageCandidate = Static<typeof DirectMessageImageCandidateSchema>;

/** An item of `image_versions2.candidates`. */
export type RawDirectMessageImageCandidate = Raw<keyof DirectMessageImageCandidate>;

/** Null without its URL. */
export function readDirectMessageImageCandidate(
  raw: RawDirectMessageImageCandidate,
  drift: DriftReporter,
): DirectMessageImageCandidate | null {
  const model = "DirectMessageImageCandidate";
  const url = urlOf(raw.url, drift, model);
  if (url === null) return null;
  return {
    width: readInteger(raw.width, drift, model, "width"),
    height: readInteger(raw.height, drift, model, "height"),
    url,
    scans_profile: readOptionalText(raw.scans_profile, drift, model, "scans_profile"),
    ...readLifetime(raw, drift, model),
  };
}

/** All sizes of a picture that can be viewed once. */
export const DirectMessageImageVersionsSchema = Type.Object(
  { candidates: Type.Optional(Type.Array(DirectMessageImageCandidateSchema, { default: [] })) },
  {
    title: "DirectMessageImageVersions",
    description: "Image versions for ephemeral visual media in direct messages",
  },
);
export type DirectMessageImageVersions = Static<typeof DirectMessageImageVersionsSchema>;

/** `visual_media.media.image_versions2`. */
export type RawDirectMessageImageVersions = Raw<keyof DirectMessageImageVersions>;

/** Total: without candidates the list is empty. */
export function readDirectMessageImageVersions(
  raw: RawDirectMessageImageVersions,
  drift: DriftReporter,
): DirectMessageImageVersions {
  return {
    candidates: readModels(
      raw.candidates,
      readDirectMessageImageCandidate,
      drift,
      "DirectMessageImageVersions",
      "candidates",
    ),
  };
}

/** One size and quality of a video that can be viewed once. */
export const VideoVersionSchema = Type.Object(
  {
    id: Type.Optional(Nullable(Type.String(), { default: "" })),
    type: Type.Optional(Nullable(Type.Integer())),
    width: Type.Integer(),
    height: Type.Integer(),
    url: Type.String(),
    fallback: Type.Optional(Nullable(FallbackUrlSchema)),
    url_expiration_timestamp_us: Type.Optional(Nullable(DateTime())),
    bandwidth: Type.Optional(Nullable(Type.Integer(), { default: 0 })),
  },
  {
    title: "VideoVersion",
    description: "Individual video version with specific resolution and quality",
  },
);
export type VideoVersion = Static<typeof VideoVersionSchema>;

/** An item of `visual_media.media.video_versions`. */
export type RawVideoVersion = Raw<keyof VideoVersion>;

/** Null without its URL. */
export function readVideoVersion(raw: RawVideoVersion, drift: DriftReporter): VideoVersion | null {
  const model = "VideoVersion";
  const url = urlOf(raw.url, drift, model);
  if (url === null) return null;
  return {
    id: readOptionalText(raw.id, drift, model, "id", ""),
    type: readOptionalInteger(raw.type, drift, model, "type"),
    width: readInteger(raw.width, drift, model, "width"),
    height: readInteger(raw.height, drift, model, "height"),
    url,
    ...readLifetime(raw, drift, model),
    bandwidth: readOptionalInteger(raw.bandwidth, drift, model, "bandwidth", 0),
  };
}

type Lifetime = Pick<VideoVersion, "fallback" | "url_expiration_timestamp_us">;

function readLifetime(raw: Raw<keyof Lifetime>, drift: DriftReporter, model: string): Lifetime {
  return {
    fallback: readNested(raw.fallback, readFallbackUrl, drift, model, "fallback"),
    url_expiration_timestamp_us: readOptionalMicroseconds(
      raw.url_expiration_timestamp_us,
      drift,
      model,
      "url_expiration_timestamp_us",
    ),
  };
}

/** A file is its URL: one without is none. */
function urlOf(value: Json | undefined, drift: DriftReporter, model: string): string | null {
  const url = toText(value);
  if (url !== undefined && url !== "") return url;
  drift(model, "url");
  return null;
}
