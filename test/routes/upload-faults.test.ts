import { describe, expect, test } from "bun:test";
import { unblock } from "../support/guard.ts";
import { mp4, photo } from "../support/media-files.ts";
import { expectProblem } from "../support/problems.ts";
import { createSandbox } from "../support/sandbox.ts";

/*
 * Uploads that go wrong in the sandbox, as docs/sandbox.md says that they can be told to. Nobody waits
 * here: the pauses of the client end at once.
 */

const { request, testKey: key, session, get } = await createSandbox({ sleep: async () => {} });

const fileOf = (bytes: Uint8Array<ArrayBuffer>, name: string, type: string): File =>
  new File([bytes], name, { type });
const PHOTO = fileOf(await photo(1_080, 1_350), "photo.jpg", "image/jpeg");
const COVER = fileOf(await photo(720, 1_280), "cover.jpg", "image/jpeg");
const VIDEO = fileOf(
  await mp4({ width: 720, height: 1_280, seconds: 4 }),
  "video.mp4",
  "video/mp4",
);

const postPhoto = (caption: string, headers: Record<string, string> = {}) =>
  request("POST", "/photo/upload", {
    key,
    session,
    form: { caption },
    files: [["file", PHOTO]],
    headers,
  });

const postReel = (caption: string) =>
  request("POST", "/clip/upload", {
    key,
    session,
    form: { caption },
    files: [
      ["file", VIDEO],
      ["thumbnail", COVER],
    ],
  });

const posts = async (): Promise<number> =>
  (await get("/user", { username: "sandbox" })).body.media_count;

describe("an upload that is told to go wrong", () => {
  test.each(["drop_answer", "fail_after"])(
    "is answered with the post that was made: %s",
    async (fault) => {
      const before = await posts();
      const headers = { "Idempotency-Key": fault };
      const answer = await postPhoto(`see #sandbox_${fault}`, headers);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.caption_text).toBe(`see #sandbox_${fault}`);
      const again = await postPhoto(`see #sandbox_${fault}`, headers);
      expect(again.body.pk).toBe(answer.body.pk);
      expect(await posts()).toBe(before + 1);
    },
  );

  test.each([
    ["transcode_error", "TranscodeError"],
    ["transcode_forever", "UpstreamTimeout"],
    ["reupload", "MediaNeedsReupload"],
    ["refuse", "FeedbackRequired"],
  ] as const)("is not posted: %s answers %s", async (fault, type) => {
    const before = await posts();
    expectProblem(await postReel(`see #sandbox_${fault}`), type);
    expect(await posts()).toBe(before);
    await unblock({ request }, session, key);
  });

  test.each(["drop_chunk", "drop_upload_answer"])(
    "goes on where it stopped, and is posted once: %s",
    async (fault) => {
      const before = await posts();
      const form = { text: `#sandbox_${fault}`, audience: "0" };
      expect((await request("POST", "/note", { key, session, form })).status).toBe(200);
      for (const answer of [await postPhoto("a photo"), await postReel("a Reel")])
        expect(answer.status, answer.text).toBe(200);
      expect(await posts()).toBe(before + 2);
    },
  );
});
