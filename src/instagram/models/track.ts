import { type JsonObject, textOf } from "../json.ts";
import {
  boolean,
  filled,
  id,
  identity,
  integer,
  list,
  optional,
  passthrough,
  text,
  uri,
} from "./fields.ts";
import { type Infer, model } from "./model.ts";
import { toUri } from "./values.ts";

/** The URI of a file; the empty text is how the upstream writes that there is none. */
const file = (name: string) => optional(uri(), { from: filled(name) });

/** A piece of licensed music. `uri` is the audio file that `dash_manifest` names first. */
export const Track = model("Track", {
  id: identity("id", "audio_asset_id"),
  title: text(),
  subtitle: text(),
  display_artist: text(),
  audio_cluster_id: id(),
  music_canonical_id: optional(text()),
  artist_id: optional(id()),
  cover_artwork_uri: file("cover_artwork_uri"),
  cover_artwork_thumbnail_uri: file("cover_artwork_thumbnail_uri"),
  progressive_download_url: file("progressive_download_url"),
  fast_start_progressive_download_url: file("fast_start_progressive_download_url"),
  reactive_audio_download_url: file("reactive_audio_download_url"),
  highlight_start_times_in_ms: list(integer()),
  is_explicit: boolean(),
  dash_manifest: text(),
  uri: optional(uri(), { from: firstFile }),
  has_lyrics: boolean(),
  audio_asset_id: id(),
  duration_in_ms: integer(),
  dark_message: optional(text()),
  allows_saving: boolean(),
  territory_validity_periods: passthrough({ missing: {} }),
});
export type Track = Infer<typeof Track>;

/** The first `<BaseURL>` of the DASH manifest, null where there is none. */
function firstFile(raw: JsonObject): string | null {
  const [, rest] = textOf(raw.dash_manifest).split("<BaseURL>", 2);
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
