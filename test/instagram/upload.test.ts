import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Client } from "../../src/instagram/client.ts";
import { SessionState } from "../../src/instagram/session.ts";
import type { FileBytes, Video } from "../../src/instagram/upload/files.ts";
import { uploadReel } from "../../src/instagram/upload/reel.ts";
import { uploadPhoto, uploadVideo } from "../../src/instagram/upload/rupload.ts";
import { nobody } from "../support/callers.ts";
import { clientOf } from "../support/client.ts";
import { type Asked, FakeInstagram, reply } from "../support/fake-instagram.ts";

const UPLOAD_ID = "1760000000123";
const VIDEO_PATH = /^\/rupload_igvideo\//;
const PHOTO_PATH = /^\/rupload_igphoto\//;
const TAKEN = reply(200, { upload_id: UPLOAD_ID, status: "ok" });
const reset = (): never => {
  throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
};

const contentOf = (length: number): string =>
  Array.from({ length }, (_, index) => String(index % 10)).join("");

/** A file that arrives in pieces of three bytes. */
function fileOf(content: string): FileBytes {
  return {
    length: content.length,
    stream: (start = 0, passed = () => {}) => {
      let position = start;
      const pieces = content.slice(start).match(/.{1,3}/g) ?? [];
      return new ReadableStream({
        pull: (controller) => {
          const piece = pieces.shift();
          if (piece === undefined) return controller.close();
          position += piece.length;
          passed(position);
          controller.enqueue(new TextEncoder().encode(piece));
        },
      });
    },
  };
}

const photoOf = (content: string) => ({
  file: fileOf(content),
  width: 1080,
  height: 1350,
  madeOf: "image/jpeg",
});
const videoOf = (content: string): Video => ({
  file: fileOf(content),
  width: 720,
  height: 1280,
  seconds: 4,
  durationMs: 4000,
  cover: null,
});

interface Uploading {
  client: Client;
  instagram: FakeInstagram;
  /** What the progress was told. */
  sent: number[];
  pauses: number[];
}

function uploading(): Uploading {
  const instagram = new FakeInstagram();
  const state = new SessionState({ authorization_data: { ds_user_id: "49", sessionid: "49%3Aa" } });
  const sent: number[] = [];
  const pauses: number[] = [];
  const progress = { ...nobody.progress, sent: (bytes: number) => void sent.push(bytes) };
  const client: Client = {
    ...clientOf(instagram, state),
    caller: { ...nobody, progress },
    sleep: async (milliseconds) => void pauses.push(milliseconds),
  };
  return { client, instagram, sent, pauses };
}

const total = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const shown = ({ method, headers, body }: Asked): string =>
  method === "GET" ? "GET" : `${headers.Offset}: ${body}`;

/** An upload service that loses connections after so many bytes, and keeps what it has got. */
function losing(instagram: FakeInstagram, path: RegExp, breaks: number[]): { stored: string } {
  const service = { stored: "" };
  instagram.on(path, ({ method, headers, body }) => {
    if (method === "GET") return reply(200, { offset: service.stored.length });
    expect(Number(headers.Offset)).toBe(service.stored.length);
    const after = breaks.shift();
    service.stored += (body ?? "").slice(0, after);
    return after === undefined ? TAKEN : reset();
  });
  return service;
}

describe("a video", () => {
  test("goes on where the connection broke off", async () => {
    const { client, instagram, sent, pauses } = uploading();
    losing(instagram, VIDEO_PATH, [4, 3]);
    await uploadVideo(client, videoOf("0123456789"), { uploadId: UPLOAD_ID, use: "feed" });
    expect(instagram.calls.map(shown)).toEqual([
      "GET",
      "0: 0123456789",
      "GET",
      "4: 456789",
      "GET",
      "7: 789",
    ]);
    expect(new Set(instagram.calls.map(({ url }) => url)).size).toBe(1);
    for (const { headers, method } of instagram.calls)
      if (method === "POST") expect(headers["X-Entity-Length"]).toBe("10");
    expect(total(sent)).toBe(10);
    expect(pauses).toEqual([1_000, 2_000]);
  });

  test("is whole whatever the connection loses, up to three times", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat({ max: 60 }), { maxLength: 3 }),
        fc.constantFrom("feed", "album", "story", "igtv", "direct", "reel"),
        async (length, breaks, use) => {
          const { client, instagram, sent } = uploading();
          instagram.on(/^\/upload_settings\//, TAKEN);
          const service = losing(instagram, VIDEO_PATH, [...breaks]);
          const video = videoOf(contentOf(length));
          await (use === "reel"
            ? uploadReel(client, video, UPLOAD_ID)
            : uploadVideo(client, video, { uploadId: UPLOAD_ID, use }));
          expect(service.stored).toBe(contentOf(length));
          expect(total(sent)).toBe(length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("is given up after the fourth break", async () => {
    const { client, instagram } = uploading();
    losing(instagram, VIDEO_PATH, [1, 1, 1, 1, 1]);
    await expect(
      uploadVideo(client, videoOf("0123456789"), { uploadId: UPLOAD_ID, use: "feed" }),
    ).rejects.toMatchObject({ kind: "UpstreamError" });
    expect(instagram.calls).toHaveLength(8);
  });

  test("is not sent again where the service has all of it", async () => {
    const { client, instagram } = uploading();
    instagram.on(VIDEO_PATH, reply(200, { offset: 0 }), reset, reply(200, { offset: 10 }));
    await uploadVideo(client, videoOf("0123456789"), { uploadId: UPLOAD_ID, use: "igtv" });
    expect(instagram.calls.map(({ method }) => method)).toEqual(["GET", "POST", "GET"]);
  });

  test.each([{ offset: 11 }, { offset: -1 }])(
    "is not sent from an offset that cannot be: %j",
    async (answer) => {
      const { client, instagram } = uploading();
      instagram.on(VIDEO_PATH, reply(200, answer));
      await expect(
        uploadVideo(client, videoOf("0123456789"), { uploadId: UPLOAD_ID, use: "feed" }),
      ).rejects.toMatchObject({ kind: "UpstreamError" });
      expect(instagram.calls).toHaveLength(1);
    },
  );

  test("that is refused is not sent again, and the refusal says why", async () => {
    const { client, instagram } = uploading();
    const message = "Request processing failed";
    instagram.on(
      VIDEO_PATH,
      reply(200, { offset: 0 }),
      reply(412, { debug_info: { retriable: false, type: "ProcessingFailedError", message } }),
    );
    await expect(
      uploadVideo(client, videoOf("0123456789"), { uploadId: UPLOAD_ID, use: "feed" }),
    ).rejects.toMatchObject({ kind: "VideoNotUpload", message });
    expect(instagram.calls).toHaveLength(2);
  });

  test("that the service asks for again is sent again", async () => {
    const { client, instagram } = uploading();
    const again = reply(412, { debug_info: { retriable: true, type: "PartialRequestError" } });
    instagram.on(VIDEO_PATH, reply(200, { offset: 0 }), again, reply(200, { offset: 6 }), TAKEN);
    await uploadVideo(client, videoOf("0123456789"), { uploadId: UPLOAD_ID, use: "story" });
    expect(instagram.calls.map(shown)).toEqual(["GET", "0: 0123456789", "GET", "6: 6789"]);
  });

  test("of a session that was logged out says so", async () => {
    const { client, instagram } = uploading();
    instagram.on(VIDEO_PATH, reply(403, { message: "login_required", status: "fail" }));
    await expect(
      uploadVideo(client, videoOf("0123456789"), { uploadId: UPLOAD_ID, use: "feed" }),
    ).rejects.toMatchObject({ kind: "LoginRequired" });
  });
});

describe("a photo", () => {
  test("is sent again as a whole, under a new name, when the connection broke off", async () => {
    const { client, instagram, sent } = uploading();
    instagram.on(PHOTO_PATH, reset, TAKEN);
    await uploadPhoto(client, photoOf("0123456789"), { uploadId: UPLOAD_ID });
    expect(instagram.calls.map(shown)).toEqual(["0: 0123456789", "0: 0123456789"]);
    expect(new Set(instagram.calls.map(({ url }) => url)).size).toBe(2);
    for (const { url, headers } of instagram.calls) {
      expect(url).toEndWith(`/rupload_igphoto/${headers["X-Entity-Name"]}`);
      expect(headers["X-Entity-Name"]).toMatch(new RegExp(`^${UPLOAD_ID}_0_[1-9]\\d{9}$`));
    }
    expect(total(sent)).toBe(10);
  });

  test("that is refused is not sent again", async () => {
    const { client, instagram } = uploading();
    instagram.on(PHOTO_PATH, reply(400, { message: "bad image input", status: "fail" }));
    await expect(
      uploadPhoto(client, photoOf("0123456789"), { uploadId: UPLOAD_ID }),
    ).rejects.toMatchObject({ kind: "PhotoNotUpload", message: "bad image input" });
    expect(instagram.calls).toHaveLength(1);
  });

  test("is not sent again through a proxy that refuses its credentials", async () => {
    const { client, instagram } = uploading();
    instagram.on(PHOTO_PATH, reply(407, ""));
    await expect(
      uploadPhoto({ ...client, proxy: "http://proxy.test:8080" }, photoOf("0123456789"), {
        uploadId: UPLOAD_ID,
      }),
    ).rejects.toMatchObject({ kind: "ProxyError" });
    expect(instagram.calls).toHaveLength(1);
  });
});
