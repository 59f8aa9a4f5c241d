import { beforeEach, describe, expect, test } from "bun:test";
import sharp from "sharp";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import { HurriedTime } from "../support/uploads.ts";
import { recordedFile } from "../support/wire/trace.ts";

const sandbox = await sandboxOfFile(new HurriedTime().options);
const { testKey: key, session: me, get } = sandbox;
const friend = await sandbox.login("sandbox_private");

const SANDBOX = "61000000001";
const INSTAGRAM = "25025320";
const BERLIN = {
  pk: "213385402",
  name: "Berlin, Germany",
  lat: 52.51,
  lng: 13.38,
  external_id: "111777152182368",
  external_id_source: "facebook_places",
};
const TAG = { user: { pk: INSTAGRAM, username: "instagram" }, x: 0.25, y: 0.75 };

beforeEach(() => sandbox.instagram.beginAnew());

const upload = (
  form: Record<string, string> = {},
  file = recordedFile("photo.jpg"),
  headers: Record<string, string> = {},
) =>
  sandbox.request("POST", "/photo/upload", {
    key,
    session: me,
    form: { caption: "new", ...form },
    files: [["file", file]],
    headers,
  });
const byUrl = (form: Record<string, string>) =>
  sandbox.request("POST", "/photo/upload/by/url", {
    key,
    session: me,
    form: { caption: "from a URL", ...form },
  });
const postsOf = async (user_id: string, session = me): Promise<any[]> =>
  (await get("/user/medias", { user_id, amount: "50" }, session)).body.items;

async function pictureOf(url: string) {
  const answer = await sandbox.service.handle(new Request(url));
  return Buffer.from(await answer.arrayBuffer());
}

describe("a photo", () => {
  test("is posted, and shows in every read as the JPEG that was sent", async () => {
    const { body, status } = await upload({ caption: "Größe 🙌\n#travel" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      media_type: 1,
      product_type: "feed",
      caption_text: "Größe 🙌\n#travel",
      user: { pk: SANDBOX },
      usertags: [],
      location: null,
    });
    expect((await postsOf(SANDBOX, friend)).map(({ id }) => id)).toContain(body.id);
    expect((await get("/media", { id: body.id }, friend)).body.caption_text).toBe(
      "Größe 🙌\n#travel",
    );
    const picture = await sharp(await pictureOf(body.thumbnail_url)).metadata();
    expect(picture).toMatchObject({ format: "jpeg", width: 1080, height: 1350 });
    const recent = await get("/hashtag/medias/recent", { name: "travel", amount: "5" });
    expect(recent.body.items.map(({ id }: any) => id)).toContain(body.id);
  });

  test("may have no caption", async () => {
    expect((await upload({ caption: "" })).body.caption_text).toBe("");
  });

  test("tags users and names a place", async () => {
    const { body } = await upload({
      usertags: JSON.stringify([TAG]),
      location: JSON.stringify(BERLIN),
    });
    expect(body.usertags).toMatchObject([TAG]);
    expect(body.location).toMatchObject({ pk: BERLIN.pk, name: BERLIN.name });
    const { items } = (await get("/user/tagged/medias", { user_id: INSTAGRAM, amount: "5" })).body;
    expect(items.map(({ id }: any) => id)).toContain(body.id);
  });

  test("is turned upright, and has no metadata", async () => {
    const bytes = await sharp(await recordedFile("photo.jpg").bytes())
      .resize(1350, 1080)
      .withMetadata({ orientation: 6 })
      .withExifMerge({ IFD3: { GPSLatitudeRef: "N" } })
      .toBuffer();
    const { body } = await upload({}, new File([new Uint8Array(bytes)], "phone.jpg"));
    const picture = await sharp(await pictureOf(body.thumbnail_url)).metadata();
    expect([picture.width, picture.height, picture.exif]).toEqual([1080, 1350, undefined]);
  });

  test("of another type becomes a JPEG", async () => {
    const { body } = await upload({}, recordedFile("photo.png"));
    expect((await sharp(await pictureOf(body.thumbnail_url)).metadata()).format).toBe("jpeg");
  });

  test("costs three requests, and as many more as its place does", async () => {
    const calls = async (form: Record<string, string>) => {
      const { headers } = await upload(form);
      return headers.get("gramway-upstream-calls");
    };
    expect(await calls({})).toBe("3");
    expect(await calls({ location: JSON.stringify({ pk: BERLIN.pk, name: "Berlin" }) })).toBe("4");
  });

  test("of an unknown place is not posted", async () => {
    const before = await postsOf(SANDBOX);
    const location = JSON.stringify({ pk: "999999999999", name: "Nowhere" });
    expectProblem(await upload({ location }), "LocationNotFound");
    expect(await postsOf(SANDBOX)).toEqual(before);
  });

  test("has the upload id that the caller gives", async () => {
    const { status } = await upload({ upload_id: " 1760000000123 " });
    expect(status).toBe(200);
    const [sent] = sandbox.instagram.callsOf(/rupload_igphoto/);
    expect(sent?.url).toContain("/rupload_igphoto/1760000000123_0_");
  });
});

describe("before anything is sent to Instagram", () => {
  const noCalls = () => expect(sandbox.instagram.callsOf(/upload|configure/)).toEqual([]);

  test.each([
    [{ upload_id: "abc" }, ["upload_id"]],
    [{ usertags: "[" }, ["usertags[0]"]],
    [{ usertags: '{"user": {"pk": "1"}, "x": 2, "y": 0}' }, ["usertags[0].x"]],
    [{ location: '{"lat": 100, "name": "x"}' }, ["location.lat"]],
  ])("%j is refused", async (form, fields) => {
    expect(faultyFields(await upload(form as Record<string, string>))).toEqual(fields);
    noCalls();
  });

  test("a photo that is too narrow is refused, and the answer says what is allowed", async () => {
    const bytes = await sharp({
      create: { width: 300, height: 900, channels: 3, background: "red" },
    })
      .jpeg()
      .toBuffer();
    const answer = await upload({}, new File([new Uint8Array(bytes)], "narrow.jpg"));
    expect(faultyFields(answer)).toEqual(["file"]);
    expect(answer.body.detail).toContain("must be from 0.75 to 1.915");
    noCalls();
  });

  test("what is no photo is refused", async () => {
    expectProblem(await upload({}, new File(["hello"], "photo.jpg")), "UnsupportedMedia");
    expectProblem(await upload({}, recordedFile("video.mp4")), "UnsupportedMedia");
    noCalls();
  });

  test("a broken photo is refused", async () => {
    const bytes = (await recordedFile("photo.jpg").bytes()).slice(0, 3_000);
    expect(faultyFields(await upload({}, new File([bytes], "photo.jpg")))).toEqual(["file"]);
    noCalls();
  });
});

describe("a photo at a URL", () => {
  test("is fetched and posted", async () => {
    const url = "https://scontent.cdninstagram.com/v/t51.2885-15/sample_1080x1080.jpg";
    const { body, status } = await byUrl({ url });
    expect([status, body.caption_text]).toEqual([200, "from a URL"]);
    const picture = await sharp(await pictureOf(body.thumbnail_url)).metadata();
    expect([picture.width, picture.height]).toEqual([1080, 1080]);
  });

  test("that is no public one is not asked for", async () => {
    expectProblem(await byUrl({ url: "http://169.254.169.254/latest" }), "UrlNotAllowed");
    expect(sandbox.instagram.calls).toEqual([]);
  });

  test("that leads to something else is refused", async () => {
    const url = "https://scontent.cdninstagram.com/o1/v/t16/sample_720x1280.mp4";
    expectProblem(await byUrl({ url }), "UnsupportedMedia");
    expect(sandbox.instagram.callsOf(/rupload/)).toEqual([]);
  });
});

describe("what Instagram refuses", () => {
  test.each([
    ["#sandbox_reupload", "MediaNeedsReupload"],
    ["#sandbox_refuse", "FeedbackRequired"],
  ] as const)("is told: %s", async (caption, kind) => {
    const before = await postsOf(SANDBOX);
    expectProblem(await upload({ caption }), kind);
    expect(await postsOf(SANDBOX)).toEqual(before);
  });
});
