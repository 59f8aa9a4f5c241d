/** The name of the file on the CDN. */
export const SAMPLE_VIDEO = "sample_720x1280.mp4";

let bytes: Uint8Array<ArrayBuffer> | undefined;

/**
 * A video with pictures, which the other made-up ones lack: H.264 of 720x1280, four blue pictures in
 * four seconds. So a cover can be taken from it.
 */
export function sampleVideo(): Uint8Array<ArrayBuffer> {
  bytes ??= Bun.gunzipSync(Buffer.from(GZIPPED, "base64"));
  return bytes;
}

/**
 * `ffmpeg -f lavfi -i color=0x3366cc:size=720x1280:rate=1:duration=4 -c:v libx264 -preset veryslow
 * -profile:v baseline -pix_fmt yuv420p -x264-params keyint=4:scenecut=0:info=0 -movflags +faststart`
 */
const GZIPPED =
  "H4sICPmTCWsCA3MubXA0AO1XzYscRRSvnt0NIWyIH3sIYQ4Vdg8iO7PdPZMlWWnYZFncQwJezElsa6qqt9up6qqt" +
  "qpmdySn4ATl4C3jw5ElE0KsQCHgQ8RjwYsSLF1EE9Q8Qx1c9s9nJGgMecuviVb2P+r1Xr96rHhiEEM7cWBdWSYQa" +
  "yHOYMRnSSOpuhNDCi1KpIUJIyGHO0GNj4ReEzn2MAuTpeASPo07q2+ipowHUc4b0QX7D9aszF/4dDc5FTz/nSec2" +
  "HiC0NFXXOHMWeJML6449ZnEr3+AHyQoCApbs5N23K8zrX1dKK2fCHO0MC8bnkTdBV3ukZIJ7TPC+LMoMhJWhrILO" +
  "p7nGpntNZng2d43lgRF4Kge71vUEyPets2wO87lv2n+UAi4O195D01khlq8DHouiN4o3u09qxPnJBNYOoHaCa1/F" +
  "k5/QhX3gnzzfePCSWNz2XamWd79Zfu+tAJ3Kv712bv02uDynidWzJPxcgXbOKnzhznSi89ZV1T9KdnH2LlbgUvN2" +
  "P5tgoydsizO+Bnu35pIG+1lfqOW5CTGpOvZf2AGeDJjznb0kecX9uDjfRei8IVqL+YqcLqZP5XRmOLT47HXJCOiN" +
  "8tTSZPL2j7u/3v/54d6XH65/jx+u/v6HrytuYaoMxxGIphNeuYR7hPNuGMLGXhsAGzde23211cVXb+4AknEKGztK" +
  "jwXPHI7DsNOKwzgGY+6c3trYODw8bPsHpgQp28rsb/hT2rmTAjBKu0KVdgtT0iM0CTE8oiTaxIz3hKL9JNoKt0JM" +
  "SiLGlifhCPRR1Imw5MlA5tgOeiBFIdZ2nER+TQ1LonYIXrBgWYw4S6uY4JIaUu7zJO5imhslSep9sTNciMImMb48" +
  "usyogyTogYSVccJuqRIcovUowhmxLtW2X2hwmgU40KnKMstd0oqxyw142KSDhVJ9koOSHtkibEVB+bEhxKWpzqCF" +
  "JM7nUZSOG0EABPaeGBgyTqmSmlQZQZHgF6YoIQQADfGYzBDJfahDXuznToPU52PYTrozIYUP159NecnpwAeqnH1F" +
  "DLe5rzdNH2ULboYm1GRYwvvnPilQkrjTDvGBTyUJ25sgah+14mSUbF4BwTquwbvQUGJoKHSgC107gPb5XiD4xM58" +
  "xu+80/h7dQUtvUlvo0+7Gr3w3d3/Mb6491tNNdVUU0011VRTTTU9A/rT/1+6+lFz6S+kP5jKLwcKNVen8itBCvI/" +
  "VKiGD4cQAAA=";
