import { afterEach, describe, expect, test } from "bun:test";
import { createEmulator, type UploadFault } from "../../src/emulator/index.ts";
import { mp4 } from "../../src/emulator/seed/files.ts";
import { SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { UPLOAD_FAULTS, type UploadStep } from "../../src/emulator/upload-faults.ts";
import { loggedIn, type TestClient } from "./client.ts";
import { child, configureAlbum, configurePhoto, configureReel } from "./publishing.ts";
import {
  arrived,
  newUploadId,
  rupload,
  type Sending,
  uploadedPhoto,
  uploadedVideo,
  videoParams,
} from "./uploading.ts";

/** What the emulator's owner lets go wrong; nothing when it is undefined. */
let chosen: UploadFault | undefined;
const steps: UploadStep[] = [];
const emulator = createEmulator({
  transcodeRate: 0,
  faults: (step) => {
    steps.push(step);
    return chosen;
  },
});
const client = await loggedIn(emulator);

afterEach(() => {
  chosen = undefined;
  steps.length = 0;
});

const VIDEO = mp4(720, 900);
const video = (): Sending => ({ kind: "video", params: videoParams(newUploadId()), bytes: VIDEO });

const newest = async (own: TestClient = client): Promise<string> => {
  const { items } = (await own.get(`feed/user/${SANDBOX_PK}/`)).json;
  return items.find((post: { caption: { text: string } | null }) => post.caption?.text === "new")
    ?.id;
};

describe("an upload that is told to go wrong", () => {
  test("breaks off in the middle, once", async () => {
    chosen = "drop_chunk";
    const file = video();
    await expect(rupload(client, file)).rejects.toMatchObject({ code: "ECONNRESET" });
    const { offset } = (await arrived(client, file)).json;
    expect(offset).toBe(Math.ceil(VIDEO.length / 2));
    const rest = { ...file, headers: { Offset: `${offset}` }, body: VIDEO.slice(offset) };
    expect((await rupload(client, rest)).status).toBe(200);
    expect((await rupload(client, { ...file, name: "another_name" })).status).toBe(200);
  });

  test("arrives, but its answer is lost, once", async () => {
    chosen = "drop_upload_answer";
    const file = video();
    await expect(rupload(client, file)).rejects.toThrow("closed unexpectedly");
    expect((await arrived(client, file)).json).toEqual({ offset: VIDEO.length });
    expect((await rupload(client, file)).status).toBe(200);
    chosen = undefined;
    const id = String(file.params.upload_id);
    expect((await configureReel(client, id)).status).toBe(200);
  });

  test.each(["drop_answer", "fail_after"] as const)("is posted, although %s", async (fault) => {
    const id = await uploadedPhoto(client);
    chosen = fault;
    const attempt = configurePhoto(client, id, { caption: "new" });
    if (fault === "drop_answer") await expect(attempt).rejects.toThrow("closed unexpectedly");
    else expect((await attempt).status).toBe(503);
    const made = await newest();
    expect(made).toBeDefined();
    expect((await configurePhoto(client, id)).json.message).toBe("media_needs_reupload");
    await client.post(`media/${made}/delete/`, { media_id: made });
  });

  test("is transcoded for ever", async () => {
    const id = await uploadedVideo(client);
    chosen = "transcode_forever";
    for (let attempt = 0; attempt < 5; attempt++)
      expect((await configureReel(client, id)).status).toBe(202);
    const finish = { upload_id: id, source_type: "4" };
    expect((await client.post("media/upload_finish/", finish)).status).toBe(202);
    expect((await configureAlbum(client, [child(id)])).status).toBe(202);
    chosen = undefined;
    expect((await configureReel(client, id)).status).toBe(200);
  });

  test("cannot be transcoded", async () => {
    const id = await uploadedVideo(client);
    chosen = "transcode_error";
    expect((await configureReel(client, id)).json.message).toStartWith("Transcode error");
  });

  test("must be uploaded again, once", async () => {
    const id = await uploadedPhoto(client);
    chosen = "reupload";
    expect((await configurePhoto(client, id)).json.message).toBe("media_needs_reupload");
    expect((await configurePhoto(client, id)).json.media.id).toBeDefined();
  });

  test("is refused", async () => {
    const id = await uploadedPhoto(client);
    chosen = "refuse";
    for (const answer of [
      await configurePhoto(client, id),
      await configureAlbum(client, [child(id)]),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.json).toMatchObject({ message: "feedback_required", spam: true });
    }
  });

  test("is known to who chooses the fault", async () => {
    const id = await uploadedPhoto(client);
    await configurePhoto(client, id, { caption: "hello" });
    expect(steps).toEqual([
      { step: "transfer", username: "sandbox", uploadId: id, caption: "" },
      { step: "configure", username: "sandbox", uploadId: id, caption: "hello" },
    ]);
  });
});

describe("a hashtag of the sandbox", () => {
  const write = (own: TestClient, text: string) =>
    own.post("notes/create_note", { note_style: 0, text, audience: 0 });

  test("in the caption lets the post go wrong", async () => {
    const id = await uploadedVideo(client);
    const told = { caption: "hello #sandbox_transcode_error #sandbox_other" };
    expect((await configureReel(client, id, told)).json.message).toStartWith("Transcode error");
    expect((await configureReel(client, id, { caption: "#sandbox_none" })).status).toBe(200);
  });

  test("in the account's note lets all its uploads go wrong, until the note is gone", async () => {
    const own = await loggedIn(emulator, "sandbox", "notes");
    const other = await loggedIn(emulator, "sandbox_private", "notes");
    expect((await write(own, "#sandbox_drop_chunk")).status).toBe(200);
    await expect(rupload(own, video())).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await rupload(other, video())).status).toBe(200);
    expect((await write(own, "#sandbox_refuse")).status).toBe(200);
    const id = await uploadedPhoto(own);
    expect((await configurePhoto(own, id)).json.message).toBe("feedback_required");
    await write(own, "hello");
    expect((await configurePhoto(own, id)).status).toBe(200);
  });

  test("is described in the documentation", async () => {
    const text = await Bun.file(new URL("../../docs/sandbox.md", import.meta.url)).text();
    for (const fault of UPLOAD_FAULTS) expect(text).toContain(`#sandbox_${fault}`);
  });
});
