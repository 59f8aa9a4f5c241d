import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import { loggedIn, TestClient } from "./client.ts";
import {
  arrived,
  breaking,
  newUploadId,
  type Params,
  photoParams,
  rupload,
  type Sending,
  videoParams,
} from "./uploading.ts";

const emulator = createEmulator();
const client = await loggedIn(emulator);

const PHOTO = jpeg(1_080, 1_350);
const VIDEO = mp4(720, 900);

const photo = (params: Params = {}): Sending => ({
  kind: "photo",
  params: photoParams(newUploadId(), params),
  bytes: PHOTO,
});

const video = (params: Params = {}): Sending => ({
  kind: "video",
  params: videoParams(newUploadId(), params),
  bytes: VIDEO,
});

const without = (params: Params, name: string): Params =>
  Object.fromEntries(Object.entries(params).filter(([key]) => key !== name));

const debugOf = (type: string, retriable = false) => ({
  debug_info: { retriable, type, message: expect.any(String) },
});

describe("uploads of files", () => {
  test.each([photo, video])("are taken", async (sending) => {
    const file = sending();
    const answer = await rupload(client, file);
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      upload_id: file.params.upload_id,
      xsharing_nonces: {},
      status: "ok",
    });
  });

  test("need a session", async () => {
    expect((await rupload(new TestClient(emulator), photo())).status).toBe(403);
  });

  test.each([
    ...Object.keys(photoParams("1")).map((name) => [photo, name] as const),
    ...Object.keys(videoParams("1")).map((name) => [video, name] as const),
  ])("need each member of the parameters: %p %s", async (sending, name) => {
    const file = sending();
    for (const params of [without(file.params, name), { ...file.params, [name]: 2 }]) {
      const answer = await rupload(client, { ...file, params });
      expect(answer.status).toBe(400);
      expect(answer.json).toEqual(debugOf("ParametersInvalidError"));
      expect(answer.json.debug_info.message).toContain(name);
    }
  });

  test.each(["X-Instagram-Rupload-Params", "X-Entity-Name", "X-Entity-Length", "Offset"])(
    "need the header %s",
    async (header) => {
      for (const value of [undefined, "?"]) {
        const answer = await rupload(client, { ...photo(), headers: { [header]: value } });
        expect(answer.status).toBe(400);
        expect(answer.json.debug_info.message).toContain(header);
      }
    },
  );

  test("need an entity type of their kind", async () => {
    for (const [file, type] of [
      [photo(), "video/mp4"],
      [video(), "image/jpeg"],
    ] as const)
      expect((await rupload(client, { ...file, headers: { "X-Entity-Type": type } })).status).toBe(
        400,
      );
  });

  test.each([
    [photo, "a photo that is none", Buffer.from("no picture")],
    [photo, "a PNG", Buffer.from("\x89PNG\r\n\x1a\n and more", "latin1")],
    [photo, "a JPEG that ends before its size", PHOTO.slice(0, 40)],
    [photo, "a JPEG without a size", new Uint8Array([0xff, 0xd8, 0xff, 0xd9, 0, 0, 0, 0, 0, 0])],
    [video, "a photo as a video", PHOTO],
  ] as const)("refuse %p: %s", async (sending, _name, bytes) => {
    const answer = await rupload(client, { ...sending(), bytes: new Uint8Array(bytes) });
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual(debugOf("ProcessingFailedError"));
  });

  test("refuse more bytes than were announced", async () => {
    const file = video();
    const answer = await rupload(client, {
      ...file,
      headers: { "X-Entity-Length": String(VIDEO.length - 1) },
    });
    expect(answer.status).toBe(400);
    expect((await arrived(client, file)).json).toEqual({ offset: 0 });
  });

  test("refuse files that are too large before they read them", async () => {
    const headers = { "X-Entity-Length": String(651 * 2 ** 20) };
    let asked = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          asked++;
          controller.enqueue(new Uint8Array(1));
        },
      },
      { highWaterMark: 0 },
    );
    expect((await rupload(client, { ...video(), headers, body })).status).toBe(413);
    expect(asked).toBe(0);
  });
});

describe("an upload whose connection broke", () => {
  test("goes on where it stopped", async () => {
    const file = video();
    expect((await arrived(client, file)).json).toEqual({ offset: 0 });
    await expect(
      rupload(client, { ...file, body: breaking(VIDEO.subarray(0, 100)) }),
    ).rejects.toThrow("broke");
    expect((await arrived(client, file)).json).toEqual({ offset: 100 });
    const rest = { ...file, headers: { Offset: "100" }, body: VIDEO.slice(100) };
    expect((await rupload(client, rest)).status).toBe(200);
    expect((await arrived(client, file)).json).toEqual({ offset: VIDEO.length });
  });

  test("is said to be partial where its body ends early", async () => {
    const file = video();
    const answer = await rupload(client, { ...file, body: VIDEO.slice(0, 50) });
    expect(answer.status).toBe(206);
    expect(answer.json).toEqual(debugOf("PartialRequestError", true));
    expect((await arrived(client, file)).json).toEqual({ offset: 50 });
  });

  test("goes on only where it stopped, or begins anew", async () => {
    const file = video();
    await rupload(client, { ...file, body: VIDEO.slice(0, 50) });
    for (const Offset of ["49", "51"]) {
      const answer = await rupload(client, { ...file, headers: { Offset } });
      expect(answer.status).toBe(412);
      expect(answer.json).toEqual(debugOf("OffsetInvalidError", true));
    }
    expect((await rupload(client, file)).status).toBe(200);
  });

  test("is answered again where its answer was lost", async () => {
    const file = video();
    await rupload(client, file);
    const headers = { Offset: String(VIDEO.length) };
    const again = await rupload(client, { ...file, headers, body: new Uint8Array() });
    expect(again.json.upload_id).toBe(file.params.upload_id);
  });

  test("is unknown to other accounts and in other worlds", async () => {
    const file = video();
    await rupload(client, { ...file, body: VIDEO.slice(0, 50) });
    for (const other of [
      await loggedIn(emulator, "sandbox_private"),
      await loggedIn(emulator, "sandbox", "another"),
    ])
      expect((await arrived(other, file)).json).toEqual({ offset: 0 });
  });

  test("never mixes the bytes of two connections", async () => {
    const file = video();
    const part = (from: number, to: number) => ({
      ...file,
      headers: { Offset: String(from) },
      body: VIDEO.slice(from, to),
    });
    let send = (_bytes: Uint8Array): void => undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        send = (bytes) => controller.enqueue(bytes);
      },
    });
    const stuck = rupload(client, { ...file, body });
    send(VIDEO.slice(0, 100));
    while ((await arrived(client, file)).json.offset < 100) await Bun.sleep(1);
    expect((await rupload(client, part(100, 200))).status).toBe(206);
    send(VIDEO.slice(100, 150));
    expect((await stuck).status).toBe(412);
    expect((await rupload(client, part(200, VIDEO.length))).status).toBe(200);
  });
});

describe("uploads that are not finished", () => {
  test("expire after an hour", async () => {
    let now = Date.UTC(2026, 0, 1);
    const own = await loggedIn(createEmulator({ now: () => now }));
    const file = video();
    await rupload(own, { ...file, body: VIDEO.slice(0, 50) });
    now += 3_599_000;
    expect((await arrived(own, file)).json).toEqual({ offset: 50 });
    now += 2_000;
    expect((await arrived(own, file)).json).toEqual({ offset: 0 });
  });

  test("are kept only for the newest hundred", async () => {
    const own = await loggedIn(createEmulator());
    const files = Array.from({ length: 101 }, () => video());
    for (const file of files) await rupload(own, { ...file, body: VIDEO.slice(0, 50) });
    expect((await arrived(own, files[0] ?? video())).json).toEqual({ offset: 0 });
    expect((await arrived(own, files[1] ?? video())).json).toEqual({ offset: 50 });
  });
});

describe("the settings of an upload", () => {
  const ask = (body: string, type = "application/json") =>
    client.send("POST", "/upload_settings/5a0e0b31-51f5-4b0f-8b9f-2c4d2a8d6f10", {
      headers: { "Content-Type": type },
      body,
    });

  test("are answered", async () => {
    const answer = await ask('{"upload_setting_properties":{"context":{"source_type":"clips"}}}');
    expect(answer.json).toEqual({ media_id: 1, configs: {}, status: "ok" });
  });

  test.each(["", "{}", "no JSON", "[]"])(
    "are asked for with JSON that has properties: %s",
    async (body) => {
      expect((await ask(body)).status).toBe(400);
    },
  );

  test("are asked for as JSON", async () => {
    expect((await ask('{"upload_setting_properties":{}}', "text/plain")).status).toBe(400);
  });
});

describe("a video in segments", () => {
  const SEGMENTED = { segmented: "true" };

  test("is put together, as older apps send it", async () => {
    const file = { ...video(), query: { ...SEGMENTED, phase: "start" }, bytes: new Uint8Array() };
    const started = await rupload(client, { ...file, name: "first" });
    expect(started.status).toBe(200);
    const stream = { "Stream-Id": started.json.stream_id };
    const transfer = { ...SEGMENTED, phase: "transfer" };
    for (let at = 0; at < VIDEO.length; at += 300) {
      const headers = { ...stream, "Segment-Start-Offset": String(at), "Segment-Type": "2" };
      const segment = {
        ...file,
        name: `part-0-${at}`,
        query: transfer,
        bytes: VIDEO.slice(at, at + 300),
        headers,
      };
      expect((await arrived(client, segment)).json).toEqual({ offset: 0 });
      expect((await rupload(client, segment)).status).toBe(200);
      expect((await arrived(client, segment)).json).toEqual({ offset: segment.bytes.length });
    }
    const ended = await rupload(client, {
      ...file,
      name: "last",
      query: { ...SEGMENTED, phase: "end" },
      headers: stream,
    });
    expect(ended.json).toMatchObject({ upload_id: file.params.upload_id, status: "ok" });
  });

  test("is put together, as newer apps send it", async () => {
    const file = video();
    const half = VIDEO.length >> 1;
    for (const [start, end] of [
      [0, half],
      [half, VIDEO.length],
    ] as const) {
      const segment = {
        ...file,
        name: `5a0e0b3151f54b0f8b9f2c4d2a8d6f10-${start}-${end}-${file.params.upload_id}`,
        bytes: VIDEO.slice(start, end),
        headers: { "Segment-Start-Offset": String(start), "Segment-Type": "3" },
      };
      expect((await rupload(client, segment)).status).toBe(200);
    }
  });

  test("needs a stream that was begun", async () => {
    const headers = { "Stream-Id": "123", "Segment-Start-Offset": "0" };
    const query = { ...SEGMENTED, phase: "transfer" };
    expect((await rupload(client, { ...video(), headers, query })).status).toBe(400);
    expect(
      (await rupload(client, { ...video(), query: { ...SEGMENTED, phase: "other" } })).status,
    ).toBe(400);
  });
});
