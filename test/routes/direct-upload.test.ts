import { describe, expect, test } from "bun:test";
import { m4a, mp4, photo } from "../support/media-files.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
const { get, testKey: key, session } = sandbox;

const INSTAGRAM = "25025320";
const jpeg = new File([await photo(1080, 1350)], "photo.jpg");
const video = new File([await mp4({ seconds: 4 })], "video.mp4");
const voice = new File([await m4a(2)], "voice.m4a");

const send = (path: string, file: File, form: Record<string, string>) =>
  sandbox.request("POST", path, { key, session, form, files: [["file", file]] });

/** The message that an upload has made, as it is read again. */
async function sentBy(answer: Awaited<ReturnType<typeof send>>) {
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
  const { id: message_id, thread_id } = answer.body;
  const { body } = await get("/direct/messages", { thread_id, amount: "5" });
  expect(body[0].id).toBe(message_id);
  return body[0];
}

/** The bytes at a URL of the sandbox's files. */
const fileAt = async (url: string): Promise<Uint8Array> => {
  const response = await sandbox.service.handle(new Request(url));
  expect(response.status).toBe(200);
  return response.bytes();
};

const threadWith = async (): Promise<string> => {
  const told = await sandbox.request("POST", "/direct/message", {
    key,
    session,
    form: { user_ids: INSTAGRAM, text: "hello" },
  });
  return told.body.thread_id;
};

describe("a photo", () => {
  test("is sent to users, and shows in their thread", async () => {
    const message = await sentBy(await send("/direct/photo", jpeg, { user_ids: INSTAGRAM }));
    expect(message.item_type).toBe("media");
    expect(message.media.media_type).toBe(1);
    expect(message.media.thumbnail_url).toMatch(/^http/);
    expect(
      Buffer.from(await fileAt(message.media.thumbnail_url))
        .subarray(0, 2)
        .toString("hex"),
    ).toBe("ffd8");
  });

  test("is sent to several threads", async () => {
    const { body: threads } = await get("/direct/threads", { amount: "2" });
    const ids = threads.map(({ id }: { id: string }) => id);
    const answer = await send("/direct/photo", jpeg, { thread_ids: ids.join(",") });
    expect(answer.status).toBe(200);
    for (const thread_id of ids) {
      const { body } = await get("/direct/messages", { thread_id, amount: "1" });
      expect(body[0].item_type).toBe("media");
    }
  });
});

describe("a video", () => {
  test("is sent to a thread, and comes back byte by byte", async () => {
    const thread_ids = await threadWith();
    const message = await sentBy(await send("/direct/video", video, { thread_ids }));
    const { video_versions: versions } = message.visual_media?.media ?? {};
    const url = message.media?.video_url ?? versions?.[0]?.url;
    expect(Buffer.from(await fileAt(url)).equals(Buffer.from(await video.bytes()))).toBe(true);
  });

  test("is sent to users in the thread that they have", async () => {
    await threadWith();
    const answer = await send("/direct/video", video, { user_ids: INSTAGRAM });
    expect((await sentBy(answer)).thread_id).toBe(answer.body.thread_id);
  });

  test("needs a thread with the users", async () => {
    sandbox.instagram.on("direct_v2/threads/get_by_participants/", {
      status: 200,
      body: { users: [], status: "ok" },
    });
    for (const [path, file] of [
      ["/direct/video", video],
      ["/direct/voice", voice],
    ] as const)
      expectProblem(await send(path, file, { user_ids: INSTAGRAM }), "DirectThreadNotFound");
  });

  test("sent as a file needs none", async () => {
    const answer = await send("/direct/file", video, {
      user_ids: INSTAGRAM,
      content_type: "video",
    });
    expect((await sentBy(answer)).media.media_type).toBe(2);
  });
});

describe("a voice message", () => {
  test("is sent with its waveform", async () => {
    const thread_ids = await threadWith();
    const waveform = "0,0.5,1";
    const message = await sentBy(await send("/direct/voice", voice, { thread_ids, waveform }));
    expect(message.item_type).toBe("voice_media");
  });

  test("gets a waveform of its own where there is none", async () => {
    const thread_ids = await threadWith();
    expect((await send("/direct/voice", voice, { thread_ids })).status).toBe(200);
    const [asked] = sandbox.instagram.callsOf("direct_v2/threads/broadcast/voice_attachment/");
    const levels = JSON.parse(new URLSearchParams(asked?.body ?? "").get("waveform") ?? "");
    expect(levels).toHaveLength(70);
    for (const level of levels) expect(level >= 0.2 && level <= 0.95).toBe(true);
  });
});

describe("a file", () => {
  test("is a photo unless it is said to be a video", async () => {
    const message = await sentBy(await send("/direct/file", jpeg, { user_ids: INSTAGRAM }));
    expect(message.media.media_type).toBe(1);
  });

  test("of another kind is refused, and nothing is sent", async () => {
    sandbox.instagram.takePaths();
    const to = { user_ids: INSTAGRAM };
    expectProblem(await send("/direct/file", video, to), "UnsupportedMedia");
    expectProblem(await send("/direct/photo", video, to), "UnsupportedMedia");
    expectProblem(await send("/direct/video", jpeg, to), "UnsupportedMedia");
    expectProblem(await send("/direct/voice", jpeg, to), "UnsupportedMedia");
    expect(faultyFields(await send("/direct/file", jpeg, { ...to, content_type: "gif" }))).toEqual([
      "content_type",
    ]);
    expect(sandbox.instagram.takePaths()).toEqual([]);
  });
});

test("a message with a file goes to users or to threads, not to both and not to nobody", async () => {
  const both = { user_ids: INSTAGRAM, thread_ids: "340282366841710300949128153277288564778" };
  for (const [path, file] of [
    ["/direct/photo", jpeg],
    ["/direct/video", video],
    ["/direct/voice", voice],
    ["/direct/file", jpeg],
  ] as const)
    for (const form of [{} as Record<string, string>, both])
      expect(faultyFields(await send(path, file, form))).toEqual(["user_ids"]);
});

test("a retry under the same key sends no second message", async () => {
  const options = {
    key,
    session,
    headers: { "Idempotency-Key": crypto.randomUUID() },
    form: { user_ids: INSTAGRAM },
    files: [["file", jpeg]] as const,
  };
  const first = await sandbox.request("POST", "/direct/photo", options);
  const again = await sandbox.request("POST", "/direct/photo", options);
  expect(again.headers.get("idempotency-replayed")).toBe("true");
  expect(again.body).toEqual(first.body);
});
