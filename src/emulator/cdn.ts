import { notFoundPage } from "./answer.ts";
import type { Exchange, Route } from "./router.ts";
import { jpeg, mp4 } from "./seed/files.ts";

/** Pictures and videos. Paths of videos have different lengths. */
export const CDN: readonly Route[] = [
  file("/v/{type}/{name}"),
  file("/o1/v/{kind}/{name}"),
  file("/o1/v/{kind}/{a}/{b}/{name}"),
];

function file(path: string): Route {
  return { method: "GET", path, service: "cdn", access: "open", handle: answerFile };
}

/** Largest width and height, whatever the name says: a picture of 16 KB. */
const LARGEST = 2_048;

/** Makes a file by its name: `<anything>_<width>x<height>…` with the ending .jpg or .mp4. */
function answerFile(exchange: Exchange): Response {
  const name = exchange.param("name");
  const [, ...sizes] = /_(\d{1,4})x(\d{1,4})/.exec(name) ?? ["", "640", "640"];
  const [width = 0, height = 0] = sizes.map((size) => Math.min(Number(size), LARGEST));
  if (name.endsWith(".jpg")) return bytes(jpeg(width, height), "image/jpeg");
  if (name.endsWith(".mp4")) return bytes(mp4(width, height), "video/mp4");
  return notFoundPage();
}

function bytes(content: Uint8Array<ArrayBuffer>, type: string): Response {
  return new Response(content, {
    headers: {
      "Content-Type": type,
      "Content-Length": String(content.byteLength),
      "Cache-Control": "max-age=1209600, no-transform",
      "Last-Modified": "Sat, 01 Nov 2025 00:00:00 GMT",
    },
  });
}
