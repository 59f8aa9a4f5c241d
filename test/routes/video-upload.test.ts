import { beforeEach, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import { HurriedTime } from "../support/uploads.ts";
import { recordedFile } from "../support/wire/trace.ts";

const time = new HurriedTime();
const { pauses } = time;
const sandbox = await sandboxOfFile(time.options);
const { testKey: key, session: me, get } = sandbox;
const friend = await sandbox.login("sandbox_private");
const SANDBOX = "61000000001";
const VIDEO_URL = "https://scontent.cdninstagram.com/o1/v/t16/sample_720x1280.mp4";

beforeEach(() => {
  sandbox.instagram.beginAnew();
  pauses.length = 0;
  time.whilePausing = async () => {};
});

type Fields = Record<string, string>;
const upload = (kind: string, form: Fields = {}, given: [string, File][] = []) => {
  const files: [string, File][] = [
    ["file", recordedFile("video.mp4")],
    ["thumbnail", recordedFile("thumb.jpg")],
  ];
  return sandbox.request("POST", `/${kind}/upload`, {
    key,
    session: me,
    form: { caption: "new", ...(kind === "igtv" ? { title: "Title" } : {}), ...form },
    files: given.length > 0 ? given : files,
  });
};
const postsOf = async (user_id: string, session = me): Promise<any[]> =>
  (await get("/user/medias", { user_id, amount: "50" }, session)).body.items;
const idsIn = (items: any[]): string[] => items.map(({ id }) => id);
const fileAt = async (url: string) =>
  Buffer.from(await (await sandbox.service.handle(new Request(url))).arrayBuffer());
const configures = () => sandbox.instagram.callsOf(/\/configure/);

const KINDS = [
  ["video", "feed"],
  ["clip", "clips"],
  ["igtv", "igtv"],
] as const;

describe.each(KINDS)("a %s", (kind, productType) => {
  test("is posted, and can be read and downloaded byte by byte", async () => {
    const { body, status, text } = await upload(kind, { caption: "moving #travel" });
    expect([status, text.slice(0, 200)]).toEqual([200, expect.any(String)]);
    expect(body).toMatchObject({
      media_type: 2,
      product_type: productType,
      caption_text: "moving #travel",
      video_duration: 4,
      user: { pk: SANDBOX },
    });
    expect(idsIn(await postsOf(SANDBOX, friend))).toContain(body.id);
    expect(await fileAt(body.video_url)).toEqual(
      Buffer.from(await recordedFile("video.mp4").bytes()),
    );
    expect((await fileAt(body.thumbnail_url)).subarray(0, 3).toString("hex")).toBe("ffd8ff");
  });

  test("tags users and names a place", async () => {
    const tag = { user: { pk: "25025320", username: "instagram" }, x: 0.5, y: 0.25 };
    const location = JSON.stringify({ pk: "213385402", name: "Berlin, Germany" });
    const { body } = await upload(kind, { usertags: JSON.stringify(tag), location });
    expect(body.usertags).toMatchObject([tag]);
    expect(body.location.pk).toBe("213385402");
  });

  test("at a URL is fetched and posted", async () => {
    const { body, status } = await sandbox.request("POST", `/${kind}/upload/by/url`, {
      key,
      session: me,
      form: { url: VIDEO_URL, caption: "from a URL", ...(kind === "igtv" ? { title: "T" } : {}) },
      files: [["thumbnail", recordedFile("thumb.jpg")]],
    });
    expect([status, body.caption_text]).toEqual([200, "from a URL"]);
    expect(await fileAt(body.video_url)).toEqual(
      await fileAt("http://localhost/sandbox/cdn/o1/v/t16/sample_720x1280.mp4"),
    );
  });

  test("is asked for again, each time later, while Instagram converts it", async () => {
    sandbox.instagram.on(
      /\/media\/configure/,
      ...Array.from({ length: 4 }, () => NOT_FINISHED),
      () => undefined,
    );
    const before = await postsOf(SANDBOX);
    const answer = await upload(kind);
    expect(answer.status).toBe(200);
    expect(pauses.length).toBeGreaterThanOrEqual(4);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(await postsOf(SANDBOX)).toHaveLength(before.length + 1);
  });

  test("that cannot be converted is refused with Instagram's words", async () => {
    const problem = expectProblem(
      await upload(kind, { caption: "#sandbox_transcode_error" }),
      "TranscodeError",
    );
    expect(problem.detail).toMatch(/^Transcode error/);
  });
});

const NOT_FINISHED = {
  status: 202,
  body: { message: "Transcode not finished yet.", status: "fail" },
};

describe("a conversion that does not end", () => {
  test("is given up after ten minutes, and nothing is posted", async () => {
    const before = await postsOf(SANDBOX);
    const answer = await upload("clip", { caption: "#sandbox_transcode_forever" });
    const problem = expectProblem(answer, "UpstreamTimeout");
    expect(problem.outcome).toBe("not_sent");
    const waited = pauses.reduce((a, b) => a + b, 0);
    expect(waited).toBeGreaterThan(9 * 60_000);
    expect(waited).toBeLessThanOrEqual(10 * 60_000);
    expect(configures().length).toBeLessThan(60);
    expect(await postsOf(SANDBOX)).toEqual(before);
  });

  test("holds up no other action of the session", async () => {
    sandbox.instagram.on(/\/configure_to_clips/, NOT_FINISHED, () => undefined);
    const liked: number[] = [];
    time.whilePausing = async () => {
      const form = { media_id: "3755350675776297567_25025320" };
      const { status } = await sandbox.request("POST", "/media/like", { key, session: me, form });
      liked.push(status);
    };
    expect((await upload("clip")).status).toBe(200);
    expect(liked[0]).toBe(200);
  });
});

describe("before anything is sent to Instagram", () => {
  test("a title is wanted for IGTV", async () => {
    expect(faultyFields(await upload("igtv", { title: "" }))).toEqual(["title"]);
  });

  test.each(KINDS)("what is no video is refused: %s", async (kind) => {
    const given: [string, File][] = [["file", recordedFile("photo.jpg")]];
    expectProblem(await upload(kind, {}, given), "UnsupportedMedia");
    expect(sandbox.instagram.callsOf(/rupload/)).toEqual([]);
  });

  test.each(KINDS)("a cover that is no photo is refused: %s", async (kind) => {
    const given: [string, File][] = [
      ["file", recordedFile("video.mp4")],
      ["thumbnail", new File(["hello"], "thumb.jpg")],
    ];
    expectProblem(await upload(kind, {}, given), "UnsupportedMedia");
    expect(sandbox.instagram.callsOf(/rupload/)).toEqual([]);
  });
});
