import { beforeEach, describe, expect, test } from "bun:test";
import { createEmulator, type Emulator } from "../../src/emulator/index.ts";
import { jpeg } from "../../src/emulator/seed/files.ts";
import { SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { comment, postsOf } from "./acting.ts";
import { type Answer, DEVICE, loggedIn, type ParsedJson, type TestClient } from "./client.ts";
import { broadcast, threadWith } from "./threads.ts";
import { newUploadId, uploadedPhoto, uploadedVideo } from "./uploading.ts";

let emulator: Emulator;
let me: TestClient;
let other: TestClient;

beforeEach(async () => {
  emulator = createEmulator();
  me = await loggedIn(emulator);
  other = await loggedIn(emulator, "sandbox_private");
});

const change = (upload_id: string): Promise<Answer> =>
  me.post("accounts/change_profile_picture/", {
    _uuid: DEVICE.guid,
    device_id: DEVICE.device_id,
    use_fbuploader: true,
    upload_id,
  });

const download = async (url: string): Promise<Uint8Array> =>
  new Uint8Array(await (await emulator.handle(new Request(url))).arrayBuffer());

const profile = async (client: TestClient): Promise<ParsedJson> =>
  (await client.get(`users/${SANDBOX_PK}/info/`)).json.user;

describe("a new profile picture", () => {
  const photo = { width: 400, height: 400 };

  test("is the file that was sent, in each size", async () => {
    const before = await profile(me);
    const { json, status } = await change(await uploadedPhoto(me, photo));
    expect([status, json.status]).toEqual([200, "ok"]);
    expect(json.user.pk).toBe(SANDBOX_PK);
    expect(json.user.profile_pic_id).not.toBe(before.profile_pic_id);
    const { profile_pic_url, hd_profile_pic_versions, hd_profile_pic_url_info } = json.user;
    for (const url of [
      profile_pic_url,
      hd_profile_pic_url_info.url,
      ...hd_profile_pic_versions.map(({ url }: ParsedJson) => url),
    ])
      expect(await download(url)).toEqual(jpeg(400, 400));
  });

  test("is shown wherever the account is", async () => {
    const post = (await postsOf(me, SANDBOX_PK))[0];
    await comment(me, post.id, "mine");
    await broadcast(me, "text", { text: "hello", recipient_users: `[[${SANDBOX_PRIVATE_PK}]]` });
    await other.post(`friendships/create/${SANDBOX_PK}/`, { user_id: String(SANDBOX_PK) });
    await change(await uploadedPhoto(me, photo));
    const url = (await profile(me)).profile_pic_url;
    const seen: Record<string, ParsedJson> = {
      "own account": (await me.get("accounts/current_user/", { edit: "true" })).json.user,
      "profile by id": await profile(other),
      "profile by name": (await other.get("users/sandbox/usernameinfo/")).json.user,
      post: (await postsOf(other, SANDBOX_PK))[0].user,
      comment: (await other.get(`media/${post.id}/comments/`)).json.comments.find(
        ({ text }: ParsedJson) => text === "mine",
      ).user,
      search: (await other.get("users/search/", { q: "sandbox" })).json.users.find(
        ({ pk }: ParsedJson) => pk === SANDBOX_PK,
      ),
      following: (
        await other.get(`friendships/${SANDBOX_PRIVATE_PK}/following/`, { count: 200 })
      ).json.users.find(({ pk }: ParsedJson) => pk === SANDBOX_PK),
      thread: (await threadWith(other, SANDBOX_PK))?.users[0],
      story: (
        await other.get(`feed/user/${SANDBOX_PK}/story/`, { supported_capabilities_new: "[]" })
      ).json.reel.user,
    };
    for (const [where, user] of Object.entries(seen))
      expect([where, user.profile_pic_url]).toEqual([where, url]);
  });

  test("can be removed again", async () => {
    const changed = await change(await uploadedPhoto(me, photo));
    const old = changed.json.user.profile_pic_url;
    const removed = await me.post("accounts/remove_profile_picture/", { _uuid: DEVICE.guid });
    expect(removed.json.user.has_anonymous_profile_picture).toBe(true);
    expect((await emulator.handle(new Request(old))).status).toBe(404);
    const seen = await profile(other);
    expect(seen.has_anonymous_profile_picture).toBe(true);
    expect(seen.profile_pic_id).toBeUndefined();
    expect(await download(seen.profile_pic_url)).not.toEqual(jpeg(400, 400));
    await change(await uploadedPhoto(me, photo));
    expect((await profile(other)).has_anonymous_profile_picture).toBe(false);
  });

  test("is refused of an upload that is unknown, used before, or a video", async () => {
    const id = await uploadedPhoto(me, photo);
    await change(id);
    for (const wrong of [newUploadId(), id, await uploadedVideo(me)])
      expect((await change(wrong)).json.message).toBe("media_needs_reupload");
    expect((await change("picture.jpg")).status).toBe(400);
  });

  test("is not seen in another world", async () => {
    await change(await uploadedPhoto(me, photo));
    const elsewhere = await loggedIn(emulator, "sandbox_private", "elsewhere");
    expect((await profile(elsewhere)).profile_pic_url).toContain("avatar");
  });
});
