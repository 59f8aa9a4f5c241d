import { describe, expect, test } from "bun:test";
import { parse } from "content-disposition";
import fc from "fast-check";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import { unzip } from "../support/zip.ts";

const sandbox = await sandboxOfFile();
const { get, request, testKey: key, session } = sandbox;

const PHOTO = "3753137810898115167";
const REEL = "3755350675776297567";
const ALBUM = "3751528007822170719";
const STORY = "3513075028443486808";
const FILES = "https://scontent.cdninstagram.com";
const PHOTO_URL = `${FILES}/v/t51.2885-15/${PHOTO}_1080x1350_n.jpg`;
const VIDEO_URL = `${FILES}/o1/v/t16/f1/m86/${REEL}_1080x1920.mp4`;

/** The bytes that a browser gets at the URL of an answer. */
const fileAt = async (url: string): Promise<Uint8Array> => {
  const own = url.replace(FILES, "http://localhost/sandbox/cdn");
  const { status, bytes } = await request("GET", own);
  expect(status, own).toBe(200);
  return bytes;
};
const nameOf = (headers: Headers): string =>
  parse(headers.get("content-disposition") ?? "").parameters.filename ?? "";

describe("a download by pk", () => {
  for (const [path, pk, file, type] of [
    ["/photo/download", PHOTO, "thumbnail_url", "image/jpeg"],
    ["/video/download", REEL, "video_url", "video/mp4"],
    ["/clip/download", REEL, "video_url", "video/mp4"],
    ["/igtv/download", REEL, "video_url", "video/mp4"],
  ] as const)
    test(`${path} is the file of the post`, async () => {
      const post = await get("/media", { pk });
      const answer = await get(path, { media_pk: pk });
      expect(answer.status).toBe(200);
      expect(answer.bytes).toEqual(await fileAt(post.body[file]));
      expect(answer.headers.get("content-type")).toBe(type);
      expect(answer.headers.get("content-length")).toBe(String(answer.bytes.length));
      expect(nameOf(answer.headers)).toBe(`instagram_${pk}.${type.endsWith("4") ? "mp4" : "jpg"}`);
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
    });

  test("/story/download is the story's file", async () => {
    const story = await get("/story", { story_pk: STORY });
    const answer = await get("/story/download", { story_pk: STORY, filename: "mine" });
    expect(answer.bytes).toEqual(await fileAt(story.body.thumbnail_url));
    expect(nameOf(answer.headers)).toBe("mine.jpg");
  });

  test("of another kind of post says which operation takes it", async () => {
    const wrong = [
      ["/photo/download", REEL, "media_pk is no photo, but a video: GET /video/download takes it"],
      ["/clip/download", PHOTO, "media_pk is no video, but a photo: GET /photo/download takes it"],
      ["/igtv/download", ALBUM, "media_pk is no video, but an album: GET /album/download takes it"],
      [
        "/album/download",
        PHOTO,
        "media_pk is no album: GET /photo/download and GET /video/download take posts of one file",
      ],
    ];
    for (const [path = "", pk = "", detail = ""] of wrong) {
      const answer = await get(path, { media_pk: pk });
      expectProblem(answer, "ValidationError");
      expect(answer.body.detail).toBe(detail);
    }
  });

  test("of a post that is not there, or whose file is not, is not found", async () => {
    expectProblem(await get("/photo/download", { media_pk: "1" }), "MediaNotFound");
    const post = { pk: 7, id: "7_1", media_type: 1, user: { pk: 1, username: "a" }, taken_at: 1 };
    sandbox.instagram.on("media/7/info/", reply(200, { items: [post], status: "ok" }));
    expectProblem(await get("/photo/download", { media_pk: "7" }), "MediaNotFound");
  });
});

describe("a download by URL", () => {
  test("is the file, from Instagram's host or from this service", async () => {
    const bytes = await fileAt(PHOTO_URL);
    const own = PHOTO_URL.replace(FILES, "https://gateway.example/sandbox/cdn");
    for (const url of [PHOTO_URL, PHOTO_URL.replace("https", "http"), own, ` ${PHOTO_URL}#part`]) {
      const answer = await get("/photo/download/by/url", { url });
      expect(answer.bytes, url).toEqual(bytes);
      expect(nameOf(answer.headers)).toBe(`${PHOTO}_1080x1350_n.jpg`);
    }
  });

  test("of this service leads nowhere else, whatever stands behind its start", async () => {
    const own = "http://localhost/sandbox/cdn";
    for (const rest of [
      "//example.com/a.jpg",
      "/https://example.com/a.jpg",
      "/http:%2F%2F127.0.0.1/",
      "/\\\\example.com/a.jpg",
      "/file:///etc/passwd",
    ])
      for (const returnFile of ["true", "false"]) {
        const { status, body } = await get("/photo/download/by/url", {
          url: own + rest,
          returnFile,
        });
        if (returnFile === "true") expect(status, rest).toBe(404);
        else expect(body.url, rest).toStartWith(`${own}/`);
      }
  });

  test("comes from no other host", async () => {
    const wrong = [
      "https://example.com/photo.jpg",
      "https://cdninstagram.com.example/photo.jpg",
      "https://notcdninstagram.com/photo.jpg",
      "https://scontent.cdninstagram.com@example.com/photo.jpg",
      "https://scontent.cdninstagram.com:8443/photo.jpg",
      "https://www.instagram.com/p/DQdr4r8q1pf/",
      "http://169.254.169.254/latest/meta-data/",
      "http://127.0.0.2/",
      "file:///etc/passwd",
      "photo.jpg",
    ];
    for (const url of wrong)
      for (const path of ["/photo", "/video", "/clip", "/igtv", "/story", "/track"]) {
        const query = { url, returnFile: String(path !== "/clip") };
        expectProblem(await get(`${path}/download/by/url`, query), "UrlNotAllowed");
      }
    expect(sandbox.instagram.calls.filter(({ url }) => !url.includes("/api/v1/"))).toEqual([]);
  });

  test("says that a URL has expired, and nothing of the session's login", async () => {
    for (const [status, body] of [
      [403, "URL signature expired"],
      [404, "Not Found"],
      [410, ""],
      [401, '{"message":"login_required","status":"fail"}'],
    ] as const) {
      sandbox.instagram.on(/\.jpg$/, reply(status, body));
      const answer = await get("/photo/download/by/url", { url: PHOTO_URL });
      expectProblem(answer, "MediaNotFound");
      expect(answer.body.detail).not.toContain("signature");
    }
    sandbox.instagram.reset();
    expect((await get("/account")).status).toBe(200);
  });

  test("says that Instagram's host is busy or broken", async () => {
    sandbox.instagram.on(/\.jpg$/, reply(429, "slow down"));
    expectProblem(await get("/photo/download/by/url", { url: PHOTO_URL }), "RateLimitError");
    sandbox.instagram.on(/\.jpg$/, reply(503, "later"));
    expectProblem(await get("/photo/download/by/url", { url: PHOTO_URL }), "UpstreamError");
  });

  test("follows Instagram's redirects to its own hosts only", async () => {
    const target = "/o1/v/t16/f1/m86/other_720x720.mp4";
    sandbox.instagram.on(/moved\.mp4$/, reply(302, "", { Location: target }));
    const url = `${FILES}/o1/v/t16/moved.mp4`;
    const answer = await get("/video/download/by/url", { url });
    expect(answer.bytes).toEqual(await fileAt(FILES + target));
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
    for (const to of ["https://example.com/x.mp4", "http://127.0.0.2/", "ftp://x.fbcdn.net/"]) {
      sandbox.instagram.on(/moved\.mp4$/, reply(302, "", { Location: to }));
      expectProblem(await get("/video/download/by/url", { url }), "UrlNotAllowed");
    }
  });

  test("has the type that its first bytes show, and never that of a page", async () => {
    const page = "<script>alert(1)</script>";
    const said = { "Content-Type": "text/html", "Content-Disposition": "inline" };
    const typeOf = async (path: string, url: string, body: string, headers = said) => {
      sandbox.instagram.on(/file/, new Response(Buffer.from(body, "latin1"), { headers }));
      return (await get(`${path}/download/by/url`, { url: `${FILES}/file${url}` })).headers.get(
        "content-type",
      );
    };
    const png = "\x89PNG\r\n\x1a\n........";
    const mp4 = "\0\0\0\x18ftypisom........";
    expect(await typeOf("/photo", ".jpg", png)).toBe("image/png");
    expect(await typeOf("/video", "", mp4)).toBe("video/mp4");
    expect(await typeOf("/track", ".m4a", mp4)).toBe("audio/mp4");
    expect(await typeOf("/story", ".svg", page)).toBe("application/octet-stream");
    expect(await typeOf("/photo", ".jpg", page)).toBe("image/jpeg");
    const claimed = { ...said, "Content-Type": "Audio/MPEG; x=1" };
    expect(await typeOf("/track", "", "sound", claimed)).toBe("audio/mpeg");
  });
});

describe("parts of a file", () => {
  const url = VIDEO_URL;
  const part = (headers: Record<string, string>) =>
    request("GET", "/video/download/by/url", { key, session, query: { url }, headers });

  test("come as its server answers them", async () => {
    const whole = await fileAt(VIDEO_URL);
    const end = whole.length - 1;
    const wanted = [
      ["bytes=0-9", 0, 9],
      ["bytes=10-19", 10, 19],
      [`bytes=${end - 4}-`, end - 4, end],
      ["bytes=-5", end - 4, end],
    ] as const;
    for (const [range, from, to] of wanted) {
      const { status, bytes, headers } = await part({ Range: range });
      expect(status, range).toBe(206);
      expect(bytes).toEqual(whole.subarray(from, to + 1));
      expect(headers.get("content-range")).toBe(`bytes ${from}-${to}/${whole.length}`);
      expect(headers.get("content-type")).toBe("video/mp4");
      expect(headers.get("content-length")).toBe(String(to - from + 1));
    }
  });

  test("that do not exist are said not to", async () => {
    const answer = await part({ Range: "bytes=1000000-" });
    expectProblem(answer, "RangeNotSatisfiable");
    const { length } = await fileAt(VIDEO_URL);
    expect(answer.headers.get("content-range")).toBe(`bytes */${length}`);
  });

  test("come only of the file that the caller knows", async () => {
    const { headers } = await part({});
    const etag = headers.get("etag") ?? "";
    expect((await part({ Range: "bytes=0-9", "If-Range": etag })).status).toBe(206);
    expect((await part({ Range: "bytes=0-9", "If-Range": '"another"' })).status).toBe(200);
  });

  test("in a form that nobody knows are the whole file", async () => {
    const { length } = await fileAt(VIDEO_URL);
    for (const range of ["bytes=0-1,4-5", "lines=1-2", "bytes=-", "bytes=a-b", ""]) {
      const answer = await part({ Range: range });
      expect([answer.status, answer.bytes.length], range).toEqual([200, length]);
    }
  });
});

describe("HEAD", () => {
  test("tells what GET would answer, and fetches no body", async () => {
    const query = { url: VIDEO_URL };
    const answer = await request("HEAD", "/video/download/by/url", { key, session, query });
    const { length } = await fileAt(VIDEO_URL);
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(answer.headers.get("content-length")).toBe(String(length));
    expect(nameOf(answer.headers)).toBe(`${REEL}_1080x1920.mp4`);
    const zip = { media_pk: ALBUM };
    const album = await request("HEAD", "/album/download", { key, session, query: zip });
    expect([album.status, album.text]).toEqual([200, ""]);
    expect(album.headers.get("content-type")).toBe("application/zip");
  });
});

describe("returnFile=false", () => {
  test("describes the file and asks for none", async () => {
    const file = { url: VIDEO_URL, filename: "mine", returnFile: "false" };
    const { body } = await get("/story/download/by/url", file);
    expect(body).toEqual({
      url: VIDEO_URL.replace(FILES, "http://localhost/sandbox/cdn"),
      content_type: "video/mp4",
      filename: "mine.mp4",
      media_type: 2,
    });
    expect(sandbox.instagram.calls).toEqual([]);
    const sound = await get("/track/download/by/url", { ...file, filename: "" });
    expect(sound.body).toMatchObject({ content_type: "audio/mp4", media_type: null });
  });

  test("describes each item of an album, in order", async () => {
    const post = await get("/media", { pk: ALBUM });
    const { body } = await get("/album/download", { media_pk: ALBUM, returnFile: "false" });
    expect(body).toEqual(
      post.body.resources.map((item: any) => ({
        url: item.media_type === 2 ? item.video_url : item.thumbnail_url,
        content_type: item.media_type === 2 ? "video/mp4" : "image/jpeg",
        filename: `instagram_${item.pk}.${item.media_type === 2 ? "mp4" : "jpg"}`,
        media_type: item.media_type,
      })),
    );
  });
});

describe("the name of a download", () => {
  const nameFor = async (filename: string): Promise<string> => {
    const answer = await get("/photo/download/by/url", { url: PHOTO_URL, filename });
    expect(answer.status).toBe(200);
    return nameOf(answer.headers);
  };

  test("is the caller's, in any language", async () => {
    for (const name of ["Ночь", "夜の写真", "شب‌های روشن", "naïve café", "👩‍👩‍👧 us", 'a "b"; c=1'])
      expect(await nameFor(name)).toBe(`${name.replaceAll('"', "_")}.jpg`);
    expect(await nameFor("photo.JPG")).toBe("photo.JPG");
    expect(await nameFor("v1.2")).toBe("v1.2.jpg");
  });

  test("is no path, and hides nothing", async () => {
    expect(await nameFor("../../etc/passwd")).toBe("passwd.jpg");
    expect(await nameFor("C:\\Users\\me\\a")).toBe("a.jpg");
    expect(await nameFor("..")).toBe(`${PHOTO}_1080x1350_n.jpg`);
    expect(await nameFor("a\r\nSet-Cookie: x=1")).toBe("aSet-Cookie_ x=1.jpg");
    expect(await nameFor("gpj.\u202eexe")).toBe("gpj.exe.jpg");
    expect([...(await nameFor("x".repeat(500)))].length).toBeLessThan(80);
  });

  test("can be saved, whatever the caller sends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (filename) => {
        const name = await nameFor(filename);
        expect(name).toMatch(/\.jpg$/i);
        expect(name).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]|^\./u);
        expect(new TextEncoder().encode(name).length).toBeLessThan(256);
      }),
    );
  });
});

describe("an album", () => {
  test("is one ZIP with the files of its items, in order", async () => {
    const post = await get("/media", { pk: ALBUM });
    const answer = await get("/album/download", { media_pk: ALBUM, folder: "/tmp" });
    expect(answer.headers.get("content-type")).toBe("application/zip");
    expect(nameOf(answer.headers)).toBe(`instagram_${ALBUM}.zip`);
    const { resources } = post.body;
    expect(answer.headers.get("gramway-upstream-calls")).toBe(String(1 + resources.length));
    const files = unzip(answer.bytes);
    expect(files.map(({ name }) => name)).toEqual(
      resources.map((item: any) => `instagram_${item.pk}.${item.media_type === 2 ? "mp4" : "jpg"}`),
    );
    for (const [at, { bytes }] of files.entries())
      expect(bytes).toEqual(await fileAt(resources[at].video_url ?? resources[at].thumbnail_url));
  });

  /** The same list as repeated parameters. */
  const byUrls = (urls: readonly string[]) =>
    request(
      "GET",
      `/album/download/by/urls?${urls.map((url) => `urls=${encodeURIComponent(url)}`).join("&")}`,
      {
        key,
        session,
      },
    );

  test("of URLs numbers the names that are there twice", async () => {
    const answer = await byUrls([PHOTO_URL, VIDEO_URL, PHOTO_URL, PHOTO_URL]);
    expect(unzip(answer.bytes).map(({ name }) => name)).toEqual([
      `${PHOTO}_1080x1350_n.jpg`,
      `${REEL}_1080x1920.mp4`,
      `${PHOTO}_1080x1350_n (2).jpg`,
      `${PHOTO}_1080x1350_n (3).jpg`,
    ]);
  });

  test("asks for one file after the other, and for none before all URLs are checked", async () => {
    const wrong = await byUrls([PHOTO_URL, "https://example.com/a.jpg"]);
    expectProblem(wrong, "UrlNotAllowed");
    expect(sandbox.instagram.calls).toEqual([]);
    let open = 0;
    let most = 0;
    sandbox.instagram.on(/\.mp4$/, () => {
      most = Math.max(most, ++open);
      const body = new ReadableStream({
        async pull(controller) {
          await Bun.sleep(1);
          open--;
          controller.enqueue(new Uint8Array(100));
          controller.close();
        },
      });
      return new Response(body);
    });
    expect(unzip((await byUrls([VIDEO_URL, VIDEO_URL, VIDEO_URL])).bytes)).toHaveLength(3);
    expect(most).toBe(1);
  });

  test("with a file that is gone is an error, at the beginning as at the end", async () => {
    const gone = `${FILES}/o1/v/t16/gone.mp4`;
    sandbox.instagram.on(/gone\.mp4$/, reply(404, "gone"));
    expectProblem(await byUrls([gone, PHOTO_URL]), "MediaNotFound");
    const broken = await byUrls([PHOTO_URL, gone]).then(
      () => "whole",
      () => "broken off",
    );
    expect(broken).toBe("broken off");
    const line = JSON.parse(sandbox.logLines.at(-1) ?? "{}");
    expect(line).toMatchObject({ status: 404, exc_type: "MediaNotFound", upstream_calls: 2 });
  });

  test("of no URLs, or of too many, is refused", async () => {
    expectProblem(await byUrls([]), "ValidationError");
    expectProblem(await byUrls(Array(51).fill(PHOTO_URL)), "ValidationError");
  });
});
