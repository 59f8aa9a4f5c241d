import { beforeEach, describe, expect, test } from "bun:test";
import { createEmulator, type Emulator } from "../../src/emulator/index.ts";
import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import { SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import {
  type Answer,
  APP_HEADERS,
  DEVICE,
  loggedIn,
  type ParsedJson,
  type TestClient,
} from "./client.ts";
import { broadcast, messagesWith, newContext, threadWith } from "./threads.ts";
import {
  breaking,
  newUploadId,
  rupload,
  uploadedPhoto,
  uploadedVideo,
  videoParams,
} from "./uploading.ts";

let now: number;
let emulator: Emulator;
let me: TestClient;
let other: TestClient;

beforeEach(async () => {
  now = Date.UTC(2026, 2, 3, 12);
  emulator = createEmulator({ now: () => now });
  me = await loggedIn(emulator);
  other = await loggedIn(emulator, "sandbox_private");
});

type Kind = "image" | "video" | "audio";

/** The only headers that the app sends to this service, as in the recordings. */
const messengerHeaders = (client: TestClient, kind: Kind): Record<string, string> => ({
  authorization: client.authorization ?? "",
  "ig-intended-user-id": String(SANDBOX_PK),
  "ig-u-ds-user-id": String(SANDBOX_PK),
  "accept-encoding": "gzip",
  "accept-language": "en-US",
  priority: "u=6, i",
  "user-agent": APP_HEADERS["User-Agent"],
  "x-fb-client-ip": "True",
  "x-fb-friendly-name": "undefined:media-upload",
  "x-fb-http-engine": "Tigon/MNS/TCP",
  "x-fb-rmd": "state=URL_ELIGIBLE",
  "x-fb-server-cluster": "True",
  "x-tigon-is-retry": "False",
  "x-ig-salt-ids": "51052545",
  [`${kind}_type`]: "FILE_ATTACHMENT",
  ...(kind === "video"
    ? {
        "segment-start-offset": "0",
        "segment-type": "3",
        ephemeral_media_view_mode: "2",
        ig_raven_metadata: "{}",
        x_fb_video_waterfall_id: "123456789012_0A1B2C3D4E5F_Mixed_0",
      }
    : {}),
});

const TYPES = { image: "image/jpeg", video: "video/mp4", audio: "audio/mp4" } as const;

interface Attaching {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name?: string;
  readonly from?: number;
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Record<string, string | undefined>;
}

let names = 0;

async function request(
  method: "GET" | "POST",
  kind: Kind,
  { bytes, name = `fb_uploader_${++names}`, from = 0, body, headers = {} }: Attaching,
): Promise<Answer> {
  const all = new Headers(messengerHeaders(me, kind));
  if (method === "POST") {
    all.set("content-type", "application/octet-stream");
    all.set("offset", String(from));
    all.set("x-entity-length", String(bytes.length));
    all.set("x-entity-name", name);
    all.set("x-entity-type", TYPES[kind]);
  }
  for (const [header, value] of Object.entries(headers)) {
    if (value === undefined) all.delete(header);
    else all.set(header, value);
  }
  const response = await emulator.handle(
    new Request(`https://rupload.facebook.com/messenger_${kind}/${name}`, {
      method,
      headers: all,
      body: method === "GET" ? undefined : (body ?? bytes.subarray(from)),
    }),
  );
  const text = await response.text();
  const json = JSON.parse(text);
  return { status: response.status, headers: response.headers, text, json };
}

/** Uploads an attachment; its id, whose digits a number would lose. */
async function attached(kind: Kind, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await request("POST", kind, { bytes });
  expect([answer.status, answer.json.status]).toEqual([200, "ok"]);
  return /"media_id":(\d+)/.exec(answer.text)?.[1] ?? "";
}

const TO_OTHER = { recipient_users: `[[${SANDBOX_PRIVATE_PK}]]` };

const download = async (url: string): Promise<Uint8Array> =>
  new Uint8Array(await (await emulator.handle(new Request(url))).arrayBuffer());

/** The newest message between the two accounts, as each of them sees it. */
async function newest(): Promise<ParsedJson[]> {
  const [sent] = await messagesWith(me, SANDBOX_PRIVATE_PK);
  const [received] = await messagesWith(other, SANDBOX_PK);
  return [sent, received];
}

const sendPhoto = async (more: Record<string, string> = {}): Promise<Answer> =>
  broadcast(me, "photo_attachment", {
    attachment_fbid: await attached("image", jpeg(800, 600)),
    is_shh_mode: "0",
    send_attribution: "inbox",
    allow_full_aspect_ratio: "true",
    ...TO_OTHER,
    ...more,
  });

const ravenFields = (attachment_fbid: string, more: object = {}) => {
  const token = newContext();
  return {
    recipient_users: `[[${SANDBOX_PRIVATE_PK}]]`,
    thread_ids: "[]",
    view_mode: "permanent",
    client_context: token,
    mutation_token: token,
    attachment_fbid,
    configure_mode: "2",
    source_type: "3",
    _uid: String(SANDBOX_PK),
    _uuid: DEVICE.guid,
    device_id: DEVICE.device_id,
    length: 4,
    clips: [{ length: 4, source_type: "3", camera_position: "back" }],
    extra: { source_width: 720, source_height: 1_280 },
    ...more,
  };
};

const raven = (fields: object, query: Record<string, string> = { video: "1" }) =>
  me.send("POST", "/api/v1/direct_v2/threads/broadcast/raven_attachment/", {
    signed: fields,
    query,
  });

describe("a photo that was uploaded for messages", () => {
  test("is in the thread of both, and can be downloaded", async () => {
    const answer = await sendPhoto();
    expect(answer.json).toMatchObject({
      action: "item_ack",
      payload: { client_context: expect.any(String), item_id: expect.any(String) },
      status: "ok",
    });
    for (const message of await newest()) {
      expect(message).toMatchObject({
        item_id: answer.json.payload.item_id,
        item_type: "media",
        media: { media_type: 1, original_width: 800, original_height: 600 },
      });
      const [{ url }] = message.media.image_versions2.candidates;
      expect(await download(url)).toEqual(jpeg(800, 600));
    }
  });

  test("is the newest of the thread and of the inbox, and among the media of the thread", async () => {
    const { json } = await sendPhoto();
    const thread = await threadWith(other, SANDBOX_PK);
    const whole = await other.get(`direct_v2/threads/${thread?.thread_id}/`, {
      visual_message_return_type: "unseen",
      direction: "older",
    });
    for (const { last_permanent_item, items } of [thread, whole.json.thread])
      for (const { item_id, media } of [last_permanent_item, items[0]])
        expect([item_id, media.original_width]).toEqual([json.payload.item_id, 800]);
    const media = await other.get(`direct_v2/threads/${thread?.thread_id}/media/`, {
      media_type: "photos_and_videos",
    });
    expect(media.json.items.map(({ item_id }: ParsedJson) => item_id)).toEqual([
      json.payload.item_id,
    ]);
  });

  test("is sent once, however often the app asks with the same context", async () => {
    const attachment_fbid = await attached("image", jpeg(80, 60));
    const context = { attachment_fbid, client_context: newContext(), ...TO_OTHER };
    const first = await broadcast(me, "photo_attachment", context);
    const again = await broadcast(me, "photo_attachment", context);
    expect(again.json.payload).toEqual(first.json.payload);
    expect(await messagesWith(other, SANDBOX_PK)).toHaveLength(1);
  });

  test("goes to several threads at once", async () => {
    await sendPhoto();
    const mine = await threadWith(me, SANDBOX_PRIVATE_PK);
    const threads = [mine?.thread_id, (await sendTo(25025320)).thread_id];
    const { json } = await sendPhoto({
      recipient_users: "",
      thread_ids: `[${threads.join(",")}]`,
    });
    expect(json.message_metadata).toHaveLength(2);
  });

  const sendTo = async (pk: number): Promise<ParsedJson> =>
    (await broadcast(me, "text", { text: "hello", recipient_users: `[[${pk}]]` })).json.payload;
});

describe("a video that was uploaded for messages", () => {
  test("plays the file that was sent, and stays", async () => {
    const fbid = await attached("video", mp4(720, 1_280));
    const answer = await raven(ravenFields(fbid));
    expect(answer.json).toMatchObject({ action: "item_ack", status_code: "200" });
    for (const message of await newest()) {
      expect(message).toMatchObject({
        item_type: "raven_media",
        visual_media: {
          view_mode: "permanent",
          media: { media_type: 2, original_width: 720, original_height: 1_280, video_duration: 4 },
        },
      });
      const [{ url }] = message.visual_media.media.video_versions;
      expect(await download(url)).toEqual(mp4(720, 1_280));
    }
    const thread = await threadWith(me, SANDBOX_PRIVATE_PK);
    const media = await me.get(`direct_v2/threads/${thread?.thread_id}/media/`, {
      media_type: "photos_and_videos",
    });
    expect(media.json.items).toHaveLength(1);
  });

  test("may be viewed once, and then is not among the media of the thread; a photo too", async () => {
    const photo = await attached("image", jpeg(720, 1_280));
    const sent = [
      await raven(ravenFields(photo, { view_mode: "once", length: undefined }), {}),
      await raven(ravenFields(await attached("video", mp4(10, 10)), { view_mode: "once" })),
    ];
    expect(sent.map(({ status }) => status)).toEqual([200, 200]);
    const [film, still] = await messagesWith(other, SANDBOX_PK);
    expect(film.visual_media).toMatchObject({ view_mode: "once", media: { media_type: 2 } });
    expect(still.visual_media).toMatchObject({ view_mode: "once", media: { media_type: 1 } });
    const thread = await threadWith(other, SANDBOX_PK);
    const media = await other.get(`direct_v2/threads/${thread?.thread_id}/media/`, {
      media_type: "photos_and_videos",
    });
    expect(media.json.items).toEqual([]);
  });

  const refused: Record<string, object> = {
    "without its size": { extra: {} },
    "without its length": { length: undefined },
    "with an unknown way of viewing": { view_mode: "sometimes" },
    "for a story instead of threads": { configure_mode: "1" },
    "to nobody": { recipient_users: "[]" },
  };
  test.each(Object.entries(refused))("is refused %s", async (_, change) => {
    const fbid = await attached("video", mp4(720, 1_280));
    expect((await raven(ravenFields(fbid, change))).status).toBe(400);
    expect((await raven(ravenFields(fbid))).status).toBe(200);
  });
});

describe("a voice message", () => {
  const voice = (fields: Record<string, string>) =>
    broadcast(me, "voice_attachment", {
      waveform: "[0.1,0.5,1.0]",
      waveform_sampling_frequency_hz: "10",
      upload_id: newUploadId(),
      ...TO_OTHER,
      ...fields,
    });

  test("sounds like the file that was sent, with its length and waveform", async () => {
    const attachment_fbid = await attached("audio", mp4(16, 16));
    expect((await voice({ attachment_fbid })).status).toBe(200);
    for (const message of await newest()) {
      expect(message.item_type).toBe("voice_media");
      const { audio } = message.voice_media.media;
      // The file for tests plays four seconds.
      expect(audio).toMatchObject({ duration: 4_000, waveform_data: [0.1, 0.5, 1] });
      expect(await download(audio.audio_src)).toEqual(mp4(16, 16));
    }
  });

  test("needs a waveform, and a file that was uploaded as a voice", async () => {
    const attachment_fbid = await attached("audio", mp4(16, 16));
    for (const waveform of ["", "[]", "[2]", '["loud"]', "loud"])
      expect((await voice({ attachment_fbid, waveform })).status).toBe(400);
    const video = await attached("video", mp4(720, 1_280));
    expect((await voice({ attachment_fbid: video })).status).toBe(400);
  });
});

describe("files that were uploaded as for a post", () => {
  test("are sent as photos", async () => {
    const upload_id = await uploadedPhoto(me, { width: 640, height: 480 });
    const sent = await broadcast(me, "configure_photo", { upload_id, ...TO_OTHER });
    expect(sent.json.action).toBe("item_ack");
    const [, received] = await newest();
    expect(received).toMatchObject({ item_type: "media", media: { original_width: 640 } });
  });

  test("are sent as videos once they are transcoded", async () => {
    const upload_id = await uploadedVideo(me, { width: 720, height: 1_280, cover: false });
    const fields = { upload_id, video_result: "", ...TO_OTHER };
    expect((await broadcast(me, "configure_video", fields)).status).toBe(202);
    now += 10_000;
    expect((await broadcast(me, "configure_video", fields)).status).toBe(200);
    const [, received] = await newest();
    const [{ url }] = received.media.video_versions;
    expect(await download(url)).toEqual(mp4(720, 1_280));
  });

  test("are sent as photos in the very request, by the oldest apps", async () => {
    const send = async (photo: Blob, client_context = newContext()) => {
      const form = new FormData();
      form.set("recipient_users", `[[${SANDBOX_PRIVATE_PK}]]`);
      form.set("client_context", client_context);
      form.set("photo", photo, "direct_temp_photo_1795487679344.jpg");
      const { headers, body } = new Response(form);
      const type = headers.get("content-type") ?? "";
      return me.send("POST", "/api/v1/direct_v2/threads/broadcast/upload_photo/", {
        headers: { "Content-Type": type },
        body: await new Response(body).bytes(),
      });
    };
    const context = newContext();
    const first = await send(new Blob([jpeg(320, 240)]), context);
    expect((await send(new Blob([jpeg(320, 240)]), context)).text).toBe(first.text);
    const received = await messagesWith(other, SANDBOX_PK);
    expect(received).toHaveLength(1);
    expect(await download(received[0].media.image_versions2.candidates[0].url)).toEqual(
      jpeg(320, 240),
    );
    expect((await send(new Blob(["no picture"]))).status).toBe(400);
    expect((await send(new Blob([new Uint8Array(10 * 2 ** 20)]))).status).toBe(413);
  });

  test("are sent as voices", async () => {
    const id = newUploadId();
    const params = videoParams(id, { media_type: "11", is_direct_voice: "1" });
    await rupload(me, { kind: "video", params, bytes: mp4(16, 16) });
    now += 10_000;
    const sent = await broadcast(me, "share_voice", {
      upload_id: id,
      waveform: "[0,1]",
      waveform_sampling_frequency_hz: "10",
      ...TO_OTHER,
    });
    expect(sent.status).toBe(200);
    const [, received] = await newest();
    expect(await download(received.voice_media.media.audio.audio_src)).toEqual(mp4(16, 16));
  });
});

describe("the service for attachments", () => {
  const bytes = jpeg(800, 600);

  test("goes on where a file broke off", async () => {
    const name = "7ca1e3d4_0_-1234567";
    const half = Math.floor(bytes.length / 2);
    const body = breaking(bytes.subarray(0, half));
    await request("POST", "image", { bytes, name, body }).catch(() => undefined);
    const { json } = await request("GET", "image", { bytes, name });
    expect(json).toEqual({ offset: half, status: "ok" });
    const rest = await request("POST", "image", { bytes, name, from: half });
    expect(rest.status).toBe(200);
    const answerWasLost = await request("POST", "image", { bytes, name, from: bytes.length });
    expect(answerWasLost.text).toBe(rest.text);
    const wrong = await request("POST", "image", { bytes, name, from: half + 1 });
    expect(wrong.status).toBe(412);
  });

  const refused: Record<string, Attaching["headers"]> = {
    "the kind of the file": { image_type: undefined },
    "the length": { "x-entity-length": undefined },
    "the offset": { offset: undefined },
    "the name": { "x-entity-name": "another" },
    "the type": { "x-entity-type": "text/html" },
    "the account": { "ig-intended-user-id": undefined },
    "the app": { "user-agent": "curl/8.0" },
  };
  test.each(Object.entries(refused))("refuses a file without %s", async (_, headers) => {
    const answer = await request("POST", "image", { bytes, headers });
    expect(answer.status).toBe(400);
  });

  test("refuses who is not logged in, or is another", async () => {
    const anonymous = await request("POST", "image", { bytes, headers: { authorization: "" } });
    expect([anonymous.status, anonymous.json.message]).toEqual([403, "login_required"]);
    const mixedUp = { "ig-intended-user-id": String(SANDBOX_PRIVATE_PK) };
    expect((await request("POST", "image", { bytes, headers: mixedUp })).status).toBe(400);
  });

  test("refuses files that are none, and too large ones before they arrive", async () => {
    expect((await request("POST", "image", { bytes: mp4(10, 10) })).status).toBe(400);
    expect((await request("POST", "video", { bytes })).status).toBe(400);
    const headers = { "x-entity-length": String(9 * 2 ** 20) };
    expect((await request("POST", "image", { bytes, headers })).status).toBe(413);
  });

  test("gives attachments to the account that uploaded them only", async () => {
    const attachment_fbid = await attached("image", bytes);
    const answer = await broadcast(other, "photo_attachment", {
      attachment_fbid,
      recipient_users: `[[${SANDBOX_PK}]]`,
    });
    expect(answer.status).toBe(400);
  });

  test("is found by its paths where the emulator has only one address", async () => {
    const response = await emulator.handle(
      new Request("http://127.0.0.1:9099/messenger_audio/1_0_2", {
        headers: messengerHeaders(me, "audio"),
      }),
    );
    expect(await response.json()).toEqual({ offset: 0, status: "ok" });
  });
});

describe("when an answer is lost", () => {
  test("a retry with the same context finds the message instead of sending another", async () => {
    emulator = createEmulator({
      faults: ({ step }) => (step === "configure" ? "drop_answer" : undefined),
    });
    me = await loggedIn(emulator);
    other = await loggedIn(emulator, "sandbox_private");
    const attachment_fbid = await attached("image", jpeg(80, 60));
    const fields = { attachment_fbid, client_context: newContext(), ...TO_OTHER };
    const lost = broadcast(me, "photo_attachment", fields);
    expect(await lost.catch(({ name }) => name)).toBe("ConnectionLost");
    const again = await broadcast(me, "photo_attachment", fields);
    const messages = await messagesWith(other, SANDBOX_PK);
    expect(messages.map(({ item_id }) => item_id)).toEqual([again.json.payload.item_id]);
  });
});
