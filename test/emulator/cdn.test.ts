import { afterAll, describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { mp4 } from "../../src/emulator/seed/files.ts";
import { loggedIn } from "./client.ts";
import { configureReel } from "./publishing.ts";
import { uploadedVideo } from "./uploading.ts";

const emulator = createEmulator();
const server = Bun.serve({ port: 0, fetch: (request) => emulator.handle(request) });
afterAll(() => server.stop(true));

const PICTURE = "/v/t51.2885-15/3735562926030543455_320x400_n.jpg";
const VIDEO = "/o1/v/t16/f1/m86/3735562926030543455_720x1280.mp4";

const ask = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  emulator.handle(new Request(`https://scontent.cdninstagram.com${path}`, { method, headers }));

const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe("the emulator's CDN", () => {
  test.each([
    [PICTURE, "image/jpeg"],
    [VIDEO, "video/mp4"],
  ])("answers %s with its type, its length and what it is known by", async (path, type) => {
    const answer = await ask(path);
    const bytes = await bytesOf(answer);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe(type);
    expect(answer.headers.get("content-length")).toBe(String(bytes.length));
    expect(answer.headers.get("accept-ranges")).toBe("bytes");
    expect(answer.headers.get("last-modified")).toBe("Sat, 01 Nov 2025 00:00:00 GMT");
    const etag = answer.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"\w+"$/);
    expect((await ask(path, { "If-None-Match": etag })).status).toBe(304);
    expect((await ask(path, { "If-None-Match": '"other"' })).status).toBe(200);
  });

  test.each([
    ["bytes=0-9", 0, 10],
    ["bytes=5-5", 5, 6],
    ["bytes=10-", 10, Number.POSITIVE_INFINITY],
    ["bytes=100-999999", 100, Number.POSITIVE_INFINITY],
    ["bytes=-7", -7, Number.POSITIVE_INFINITY],
    ["bytes=-999999", 0, Number.POSITIVE_INFINITY],
  ])("answers the part that %s asks for", async (range, start, end) => {
    const whole = await bytesOf(await ask(PICTURE));
    const answer = await ask(PICTURE, { Range: range });
    const part = whole.subarray(start, Math.min(end, whole.length));
    expect(answer.status).toBe(206);
    expect(await bytesOf(answer)).toEqual(part);
    expect(answer.headers.get("content-length")).toBe(String(part.length));
    const from = start < 0 ? whole.length + start : start;
    expect(answer.headers.get("content-range")).toBe(
      `bytes ${from}-${from + part.length - 1}/${whole.length}`,
    );
  });

  test.each(["bytes=9-5", "bytes=-", "bytes=0-1,3-4", "pages=1-2", "bytes=a-b"])(
    "answers the whole file where the range is %s",
    async (range) => {
      const answer = await ask(PICTURE, { Range: range });
      expect(answer.status).toBe(200);
      expect(await bytesOf(answer)).toEqual(await bytesOf(await ask(PICTURE)));
    },
  );

  test.each(["bytes=999999-", "bytes=999999-1000000", "bytes=-0"])(
    "refuses %s, which is not in the file",
    async (range) => {
      const length = (await bytesOf(await ask(PICTURE))).length;
      const answer = await ask(PICTURE, { Range: range });
      expect(answer.status).toBe(416);
      expect(answer.headers.get("content-range")).toBe(`bytes */${length}`);
    },
  );

  test("answers the whole file where it has changed since the first part", async () => {
    const etag = (await ask(PICTURE)).headers.get("etag") ?? "";
    const range = { Range: "bytes=0-9" };
    expect((await ask(PICTURE, { ...range, "If-Range": etag })).status).toBe(206);
    expect((await ask(PICTURE, { ...range, "If-Range": '"other"' })).status).toBe(200);
  });

  test("answers HEAD without a body", async () => {
    const [head, whole] = [await ask(VIDEO, {}, "HEAD"), await ask(VIDEO)];
    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(whole.headers.get("content-length"));
    expect((await bytesOf(head)).length).toBe(0);
  });

  test("does not have files that were never uploaded, or that are of other types", async () => {
    for (const name of [`up${"0".repeat(24)}_640x640_n.jpg`, "picture.gif"])
      expect((await ask(`/v/t51.2885-15/${name}`)).status).toBe(404);
  });

  test("serves parts over HTTP", async () => {
    const url = new URL(VIDEO, server.url);
    const headers = { "X-Forwarded-Host": "scontent.cdninstagram.com", Range: "bytes=4-7" };
    const answer = await fetch(url, { headers });
    expect(answer.status).toBe(206);
    expect(await answer.text()).toBe("ftyp");
    expect(answer.headers.get("content-length")).toBe("4");
  });
});

/** A video that is too large to be kept in memory. */
function largeVideo(): Uint8Array<ArrayBuffer> {
  const head = mp4(720, 900);
  const bytes = new Uint8Array(300_000).map((_, index) => index % 251);
  bytes.set(head);
  new DataView(bytes.buffer).setUint32(head.length, bytes.length - head.length);
  bytes.set(Buffer.from("free"), head.length + 4);
  return bytes;
}

describe("uploaded files", () => {
  const bytes = largeVideo();
  const files = createEmulator({ transcodeRate: 0, maxWorlds: 2 });
  const over = Bun.serve({ port: 0, fetch: (request) => files.handle(request) });
  afterAll(() => over.stop(true));

  const upload = async (world: string): Promise<URL> => {
    const client = await loggedIn(files, "sandbox", world);
    const { media } = (await configureReel(client, await uploadedVideo(client, { bytes }))).json;
    const { pathname, search } = new URL(media.video_versions[0].url);
    return new URL(pathname + search, over.url);
  };
  const get = (url: URL, headers: Record<string, string> = {}, method = "GET") =>
    fetch(url, {
      method,
      headers: { "X-Forwarded-Host": "scontent.cdninstagram.com", ...headers },
    });

  test("are served over HTTP as they were sent, with their length and in parts", async () => {
    const url = await upload("first");
    const whole = await get(url);
    expect(whole.headers.get("content-length")).toBe(String(bytes.length));
    expect(whole.headers.get("content-type")).toBe("video/mp4");
    expect(await bytesOf(whole)).toEqual(Buffer.from(bytes));
    const part = await get(url, { Range: "bytes=100000-100009" });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-length")).toBe("10");
    expect(part.headers.get("content-range")).toBe(`bytes 100000-100009/${bytes.length}`);
    expect(await bytesOf(part)).toEqual(Buffer.from(bytes.slice(100_000, 100_010)));
    const head = await get(url, {}, "HEAD");
    expect(head.headers.get("content-length")).toBe(String(bytes.length));
  });

  test("are found in every world by their URLs, which nobody guesses", async () => {
    const [one, other] = [await upload("first"), await upload("first")];
    expect(one.pathname).not.toBe(other.pathname);
    expect(one.pathname).toMatch(/\/up[0-9a-f]{24}_720x900\.mp4$/);
    const elsewhere = new Request(`https://scontent.cdninstagram.com${one.pathname}`);
    expect((await files.handle(elsewhere, "first")).status).toBe(200);
    expect((await files.handle(elsewhere)).status).toBe(200);
  });

  test("are gone with their world", async () => {
    const url = await upload("second");
    for (const world of ["third", "fourth"]) await loggedIn(files, "sandbox", world);
    expect((await get(url)).status).toBe(404);
  });
});
