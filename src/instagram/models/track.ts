import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBoolean,
  readId,
  readIdentity,
  readInteger,
  readOptionalId,
  readOptionalText,
  readOptionalUri,
  readText,
} from "./read.ts";
import { readIntegers, readOptionalObject } from "./read-nested.ts";
import { Nullable, UpstreamObject, Uri } from "./schema.ts";
import { toUri } from "./values.ts";

const OptionalUri = () => Type.Optional(Nullable(Uri()));

/** A piece of licensed music. `uri` is the audio file that `dash_manifest` names first. */
export const TrackSchema = Type.Object(
  {
    id: Type.String(),
    title: Type.String(),
    subtitle: Type.String(),
    display_artist: Type.String(),
    audio_cluster_id: Type.String(),
    music_canonical_id: Type.Optional(Nullable(Type.String())),
    artist_id: Type.Optional(Nullable(Type.String())),
    cover_artwork_uri: OptionalUri(),
    cover_artwork_thumbnail_uri: OptionalUri(),
    progressive_download_url: OptionalUri(),
    fast_start_progressive_download_url: OptionalUri(),
    reactive_audio_download_url: OptionalUri(),
    highlight_start_times_in_ms: Type.Array(Type.Integer()),
    is_explicit: Type.Boolean(),
    dash_manifest: Type.String(),
    uri: OptionalUri(),
    has_lyrics: Type.Boolean(),
    audio_asset_id: Type.String(),
    duration_in_ms: Type.Integer(),
    dark_message: Type.Optional(Nullable(Type.String())),
    allows_saving: Type.Boolean(),
    territory_validity_periods: UpstreamObject(),
  },
  { title: "Track" },
);
export type Track = Static<typeof TrackSchema>;

/** `track` of a music search's item, and `music_asset_info` of the page of a sound. */
export type RawTrack = Raw<keyof Track>;

/** Null when the track has neither `id` nor `audio_asset_id`. */
export function readTrack(value: Json | undefined, drift: DriftReporter): Track | null {
  const raw: RawTrack = objectOr(value);
  const model = "Track";
  const id = readIdentity(raw.id, raw.audio_asset_id, undefined, drift, model, "id");
  if (id === null) return null;
  const manifest = readText(raw.dash_manifest, drift, model, "dash_manifest");
  // The empty text is how the upstream writes that there is no file.
  const uriOf = (field: keyof RawTrack) => readOptionalUri(raw[field] || null, drift, model, field);
  return {
    id,
    title: readText(raw.title, drift, model, "title"),
    subtitle: readText(raw.subtitle, drift, model, "subtitle"),
    display_artist: readText(raw.display_artist, drift, model, "display_artist"),
    audio_cluster_id: readId(raw.audio_cluster_id, drift, model, "audio_cluster_id"),
    music_canonical_id: readOptionalText(
      raw.music_canonical_id,
      drift,
      model,
      "music_canonical_id",
    ),
    artist_id: readOptionalId(raw.artist_id, drift, model, "artist_id"),
    cover_artwork_uri: uriOf("cover_artwork_uri"),
    cover_artwork_thumbnail_uri: uriOf("cover_artwork_thumbnail_uri"),
    progressive_download_url: uriOf("progressive_download_url"),
    fast_start_progressive_download_url: uriOf("fast_start_progressive_download_url"),
    reactive_audio_download_url: uriOf("reactive_audio_download_url"),
    highlight_start_times_in_ms: readIntegers(
      raw.highlight_start_times_in_ms,
      drift,
      model,
      "highlight_start_times_in_ms",
    ),
    is_explicit: readBoolean(raw.is_explicit, drift, model, "is_explicit"),
    dash_manifest: manifest,
    uri: firstFileOf(manifest),
    has_lyrics: readBoolean(raw.has_lyrics, drift, model, "has_lyrics"),
    audio_asset_id: readId(raw.audio_asset_id, drift, model, "audio_asset_id"),
    duration_in_ms: readInteger(raw.duration_in_ms, drift, model, "duration_in_ms"),
    dark_message: readOptionalText(raw.dark_message, drift, model, "dark_message"),
    allows_saving: readBoolean(raw.allows_saving, drift, model, "allows_saving"),
    territory_validity_periods:
      readOptionalObject(
        raw.territory_validity_periods,
        drift,
        model,
        "territory_validity_periods",
      ) ?? {},
  };
}

/** The first `<BaseURL>` of a DASH manifest, null where there is none. */
function firstFileOf(manifest: string): string | null {
  const [, rest] = manifest.split("<BaseURL>", 2);
  const [url = "", end] = rest?.split("</BaseURL>", 2) ?? [];
  return end === undefined ? null : (toUri(withoutEntities(url)) ?? null);
}

const NAMED_ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
  }),
);

/** The text that XML writes with entities: `&amp;`, `&#38;`, `&#x26;`. */
function withoutEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi,
    (whole, decimal, hex, name) =>
      name === undefined
        ? characterOf(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal), whole)
        : (NAMED_ENTITIES.get(name) ?? whole),
  );
}

const characterOf = (code: number, otherwise: string): string =>
  code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
