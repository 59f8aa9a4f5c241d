import { describe, expect, test } from "bun:test";
import type { Json } from "../../../src/instagram/json.ts";
import { Track } from "../../../src/instagram/models/track.ts";
import { ignoreDrift } from "../../support/models/drift.ts";
import { asContract, fields, listOf, recordingsOf } from "../../support/models/recorded.ts";

const [recording] = recordingsOf("getSearchMusic");
const recorded = fields(fields(listOf(recording?.answers[0]?.items)[0]).track);

function read(changes: Record<string, Json>) {
  const drift: string[] = [];
  const track = Track.read({ ...recorded, ...changes }, (_model, field) => drift.push(field));
  return { track, drift };
}

describe("a track", () => {
  test("is the recorded one", () => {
    const result = asContract(listOf(recording?.result ?? null)[0] ?? null);
    expect(read({})).toEqual({ track: result as never, drift: [] });
  });

  test("has the first file of its manifest, entities undone", () => {
    const uriOf = (manifest: string) => read({ dash_manifest: manifest }).track?.uri;
    const base = (url: string) => `<MPD>\n<BaseURL>${url}</BaseURL><BaseURL>https://b/</BaseURL>`;
    expect(uriOf(base("https://a/x.m4a?a=1&amp;b=2&#38;c=3&#x26;d=%20"))).toBe(
      "https://a/x.m4a?a=1&b=2&c=3&d=%20",
    );
    expect(uriOf(base("https://a/&quot;&apos;&unknown;&#1114112;"))).toStartWith("https://a/");
    for (const manifest of ["", "<MPD/>", "<BaseURL></BaseURL>", base("x.m4a"), base("ftp://a/x")])
      expect(uriOf(manifest), manifest).toBeNull();
  });

  test("has no picture and no file where these are empty texts", () => {
    const { track, drift } = read({ cover_artwork_uri: "", progressive_download_url: "" });
    expect([track?.cover_artwork_uri, track?.progressive_download_url, drift]).toEqual([
      null,
      null,
      [],
    ]);
  });

  test("has no validity by territory where there is none", () => {
    for (const territory_validity_periods of [null, {}])
      expect(read({ territory_validity_periods })).toMatchObject({
        track: { territory_validity_periods: {} },
        drift: [],
      });
  });

  test("goes by the id of its file where it has no other, and is none without", () => {
    expect(read({ id: null }).track?.id).toBe(String(recorded.audio_asset_id));
    expect(read({ id: null, audio_asset_id: 0 })).toEqual({ track: null, drift: ["id"] });
    for (const value of [undefined, null, [], "5", {}])
      expect(Track.read(value, ignoreDrift)).toBeNull();
  });
});
