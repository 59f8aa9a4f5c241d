import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import { sandboxSessionId } from "../../src/emulator/index.ts";
import { jpeg } from "../../src/emulator/seed/files.ts";
import { INSTAGRAM_PK, SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { APP_HEADERS, DEVICE, type ParsedJson } from "./client.ts";
import { emulatorServer } from "./third-party-client.ts";
import { newContext } from "./threads.ts";
import { newUploadId, photoParams } from "./uploading.ts";

/*
 * Uploads as aiograpi 1.12 does them, where they differ from those of 0.9.7: over plain HTTP, at one
 * address for all hosts, with the headers of today's app.
 */

let server: Server<undefined>;

beforeAll(() => {
  server = emulatorServer();
});

afterAll(() => server.stop(true));

const AUTHORIZATION = `Bearer IGT:2:${Buffer.from(
  JSON.stringify({ ds_user_id: String(SANDBOX_PK), sessionid: sandboxSessionId("sandbox") }),
).toString("base64")}`;

const PRIVATE_HEADERS = {
  ...APP_HEADERS,
  Authorization: AUTHORIZATION,
  "X-Tigon-Is-Retry": "False",
  "X-Zero-Balance": "INIT",
  "X-Zero-State": "unknown",
  "Zero-HTTP-Network-Interface": "wifi",
  "IG-INTENDED-USER-ID": String(SANDBOX_PK),
};

async function call(
  method: "GET" | "POST",
  path: string,
  init: { headers?: Record<string, string>; body?: BodyInit } = {},
): Promise<{ status: number; text: string; json: ParsedJson }> {
  const response = await fetch(new URL(path, server.url), {
    method,
    ...init,
    headers: { ...PRIVATE_HEADERS, ...init.headers },
  });
  const text = await response.text();
  return { status: response.status, text, json: JSON.parse(text) };
}

const FORM = { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" };

const form = (path: string, fields: Record<string, string>) =>
  call("POST", `/api/v1/${path}`, { headers: FORM, body: new URLSearchParams(fields) });

const signed = (path: string, fields: object) =>
  form(path, { signed_body: `SIGNATURE.${JSON.stringify(fields)}` });

async function uploadPhoto(bytes: Uint8Array<ArrayBuffer>, more: object = {}): Promise<string> {
  const id = newUploadId();
  const name = `${id}_0_8123456789`;
  const { json } = await call("POST", `/rupload_igphoto/${name}`, {
    headers: {
      "X-Instagram-Rupload-Params": JSON.stringify(photoParams(id, { ...more })),
      X_FB_PHOTO_WATERFALL_ID: "5a0e0b31-51f5-4b0f-8b9f-2c4d2a8d6f10",
      "X-Entity-Type": "image/jpeg",
      Offset: "0",
      "X-Entity-Name": name,
      "X-Entity-Length": String(bytes.length),
      "Content-Type": "application/octet-stream",
    },
    body: bytes,
  });
  expect(json).toMatchObject({ upload_id: id, status: "ok" });
  return id;
}

const device = {
  android_version: 34,
  android_release: "14",
  manufacturer: "Google",
  model: "Pixel",
};
const extra = { source_width: 1_080, source_height: 1_350 };

const ids = (items: ParsedJson[]): string[] => items.map(({ id }) => id);

describe("a client of today", () => {
  test("sends a photo to a user in the thread that they have, as an attachment", async () => {
    const hello = { text: "hello", recipient_users: `[[${INSTAGRAM_PK}]]`, action: "send_item" };
    await form("direct_v2/threads/broadcast/text/", { ...hello, client_context: newContext() });
    const found = await call(
      "GET",
      `/api/v1/direct_v2/threads/get_by_participants/?recipient_users=[${INSTAGRAM_PK}]&seq_id=1&limit=20`,
    );
    const thread = /"thread_v2_id":"(\d+)"/.exec(found.text)?.[1] ?? "";
    const bytes = jpeg(1_080, 810);
    const name = `fb_uploader_${Date.now()}`;
    const uploaded = await fetch(new URL(`/messenger_image/${name}`, server.url), {
      method: "POST",
      headers: {
        authorization: AUTHORIZATION,
        "ig-intended-user-id": String(SANDBOX_PK),
        "ig-u-ds-user-id": String(SANDBOX_PK),
        "user-agent": APP_HEADERS["User-Agent"],
        "x-fb-friendly-name": "undefined:media-upload",
        image_type: "FILE_ATTACHMENT",
        "content-type": "application/octet-stream",
        offset: "0",
        "x-entity-length": String(bytes.length),
        "x-entity-name": name,
        "x-entity-type": "image/jpeg",
      },
      body: bytes,
    });
    const token = newContext();
    const sent = await form("direct_v2/threads/broadcast/photo_attachment/", {
      action: "send_item",
      is_x_transport_forward: "false",
      is_shh_mode: "0",
      thread_ids: `[${thread}]`,
      send_attribution: "inbox",
      client_context: token,
      attachment_fbid: /"media_id":(\d+)/.exec(await uploaded.text())?.[1] ?? "",
      device_id: DEVICE.device_id,
      mutation_token: token,
      _uuid: DEVICE.guid,
      allow_full_aspect_ratio: "true",
      btt_dual_send: "false",
      is_ae_dual_send: "false",
      offline_threading_id: token,
    });
    expect(sent.json.payload.client_context).toBe(token);
    const query = "visual_message_return_type=unseen&direction=older&limit=2";
    const { json } = await call("GET", `/api/v1/direct_v2/threads/${thread}/?${query}`);
    expect(json.thread.items[0]).toMatchObject({
      item_id: sent.json.payload.item_id,
      media: { media_type: 1, original_width: 1_080, original_height: 810 },
    });
  });

  test("tags users on each item of an album, and finds the album by what is new in its feed", async () => {
    const feed = async () =>
      ids((await call("GET", `/api/v1/feed/user/${SANDBOX_PK}/`)).json.items);
    const before = await feed();
    const tag = (pk: number) => JSON.stringify({ in: [{ user_id: pk, position: [0.5, 0.5] }] });
    const child = async (usertags: string) => ({
      upload_id: await uploadPhoto(jpeg(1_080, 1_350), { is_sidecar: "1" }),
      edits: JSON.stringify({ crop_original_size: [1080, 1350], crop_center: [0, 0] }),
      extra: JSON.stringify(extra),
      scene_capture_type: "",
      device: JSON.stringify(device),
      usertags,
    });
    const sidecar = newUploadId();
    const { status } = await signed("media/configure_sidecar/", {
      _uuid: DEVICE.guid,
      device_id: DEVICE.device_id,
      timezone_offset: "-14400",
      source_type: "4",
      creation_logger_session_id: DEVICE.guid,
      caption: "two",
      client_sidecar_id: sidecar,
      upload_id: sidecar,
      location: "",
      device,
      children_metadata: [await child(tag(INSTAGRAM_PK)), await child(tag(SANDBOX_PK))],
    });
    expect(status).toBe(200);
    const made = (await feed()).filter((id) => !before.includes(id));
    expect(made).toHaveLength(1);
    const { json } = await call("GET", `/api/v1/media/${made[0]}/info/`);
    expect(json.items[0]).toMatchObject({ media_type: 8, carousel_media_count: 2 });
    const tagged = json.items[0].usertags.in.map(({ user }: ParsedJson) => user.pk);
    expect(tagged).toEqual([INSTAGRAM_PK, SANDBOX_PK]);
  });

  test("finds a story by what is new in its own reel", async () => {
    const reel = async () =>
      ids(
        (await call("GET", `/api/v1/feed/user/${SANDBOX_PK}/story/?supported_capabilities_new=[]`))
          .json.reel.items,
      );
    const before = await reel();
    const { json } = await signed("media/configure_to_story/", {
      _uuid: DEVICE.guid,
      device_id: DEVICE.device_id,
      _uid: SANDBOX_PK,
      client_shared_at: String(Math.floor(Date.now() / 1_000)),
      configure_mode: "1",
      source_type: "4",
      upload_id: await uploadPhoto(jpeg(1_080, 1_920)),
      device,
      extra,
    });
    expect((await reel()).filter((id) => !before.includes(id))).toEqual([json.media.id]);
  });
});
