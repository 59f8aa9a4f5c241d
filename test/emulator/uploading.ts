import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import type { Answer, TestClient } from "./client.ts";

/* Uploads of files in tests, with the headers of the recordings. */

const RETRIES = '{"num_step_auto_retry":0,"num_reupload":0,"num_step_manual_retry":0}';

let ids = 1_795_487_000_000;

/** An upload id that no other upload has. */
export const newUploadId = (): string => String(++ids);

export type Params = Record<string, unknown>;

export const photoParams = (upload_id: string, more: Params = {}): Params => ({
  retry_context: RETRIES,
  media_type: "1",
  xsharing_user_ids: "[]",
  upload_id,
  image_compression: '{"lib_name": "moz", "lib_version": "3.1.m", "quality": "80"}',
  ...more,
});

export const videoParams = (upload_id: string, more: Params = {}): Params => ({
  retry_context: RETRIES,
  media_type: "2",
  xsharing_user_ids: "[61000000001]",
  upload_id,
  upload_media_duration_ms: "4000",
  upload_media_width: "720",
  upload_media_height: "900",
  ...more,
});

/** A file, whole or in part, and what is said of it. */
export interface Sending {
  readonly kind: "photo" | "video";
  readonly params: Params;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name?: string;
  /** What is sent; all bytes unless given. */
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Record<string, string | undefined>;
  readonly query?: Record<string, string>;
}

/** Sends a file as the app does. */
export function rupload(client: TestClient, sending: Sending): Promise<Answer> {
  const { kind, params, bytes, query } = sending;
  const name = sending.name ?? `${params.upload_id}_0_7823256191`;
  return client.send("POST", `/rupload_ig${kind}/${name}`, {
    headers: {
      "X-Instagram-Rupload-Params": JSON.stringify(params),
      [`X_FB_${kind.toUpperCase()}_WATERFALL_ID`]: "5a0e0b31-51f5-4b0f-8b9f-2c4d2a8d6f10",
      "X-Entity-Type": kind === "photo" ? "image/jpeg" : "video/mp4",
      Offset: "0",
      "X-Entity-Name": name,
      "X-Entity-Length": String(bytes.length),
      "Content-Type": "application/octet-stream",
      ...sending.headers,
    },
    body: sending.body ?? bytes,
    query,
  });
}

/** Asks how much of a video has arrived. */
export const arrived = (client: TestClient, { params, name, headers, query }: Sending) =>
  client.send("GET", `/rupload_igvideo/${name ?? `${params.upload_id}_0_7823256191`}`, {
    headers: { "X-Instagram-Rupload-Params": JSON.stringify(params), ...headers },
    query,
  });

/** Uploads a photo of that size; its id. */
export async function uploadedPhoto(
  client: TestClient,
  { width = 1_080, height = 1_350, id = newUploadId() } = {},
): Promise<string> {
  const bytes = jpeg(width, height);
  const answer = await rupload(client, { kind: "photo", params: photoParams(id), bytes });
  if (answer.status !== 200) throw new Error(answer.text);
  return id;
}

/** Uploads a video with its cover; its id. */
export async function uploadedVideo(
  client: TestClient,
  { width = 720, height = 900, id = newUploadId(), bytes = mp4(width, height), cover = true } = {},
): Promise<string> {
  const params = videoParams(id, {
    upload_media_width: String(width),
    upload_media_height: String(height),
  });
  const answer = await rupload(client, { kind: "video", params, bytes });
  if (answer.status !== 200) throw new Error(answer.text);
  if (cover) await uploadedPhoto(client, { width, height, id });
  return id;
}

/** A stream that sends some bytes and then breaks. */
export const breaking = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull(controller) {
      if (bytes.length === 0) return controller.error(new Error("the connection broke"));
      controller.enqueue(bytes);
      bytes = bytes.subarray(bytes.length);
    },
  });
