import { readdirSync, readlinkSync } from "node:fs";
import type { FakeInstagram } from "./fake-instagram.ts";
import { Gate, until } from "./gate.ts";
import { photo } from "./media-files.ts";
import {
  type Answer,
  createTestService,
  type TestService,
  type TestServiceOptions,
} from "./service.ts";

/* What the tests of uploads share: a small photo of the sandbox's account. */

/** Where the emulator gets the bytes of a photo, and where a post is made of them. */
export const SEND_PHOTO = /\/rupload_igphoto\//;
export const CONFIGURE = "media/configure/";

export const ASYNC = { Prefer: "respond-async" };

/** Holds the requests to a path back; they are answered as usual once the gate is open. */
export function held(instagram: FakeInstagram, path: string | RegExp): Gate {
  const gate = new Gate();
  instagram.on(path, () => gate.pass(undefined));
  return gate;
}

export interface UploadOptions {
  headers?: Record<string, string>;
  caption?: string;
  key?: string;
  session?: string;
  path?: string;
  signal?: AbortSignal;
  form?: FormData;
}

export interface UploadingService {
  service: TestService;
  session: string;
  /** Posts a photo. */
  upload(options?: UploadOptions): Promise<Answer>;
  /** What is told of an upload. */
  told(uploadId: string, key?: string): Promise<Answer>;
  /** The same, once it is in a state. */
  toldWhen(uploadId: string, ...states: string[]): Promise<any>;
  /** Captions of the account's posts, newest first. */
  captions(): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

const small = await photo(320, 400);

/** A form with a small photo. */
export function photoForm(caption = "A photo"): FormData {
  const form = new FormData();
  form.set("caption", caption);
  form.set("file", new File([small], "photo.jpg", { type: "image/jpeg" }));
  return form;
}

/** A service with the sandbox's account, logged in, to upload with. */
export async function uploadingService({
  session: shared,
  key: sharedKey,
  ...options
}: TestServiceOptions & { session?: string; key?: string } = {}): Promise<UploadingService> {
  const service = await createTestService(options);
  const ownKey = sharedKey ?? service.testKey;
  const session = shared ?? (await service.login());
  const told: UploadingService["told"] = (upload_id, key = ownKey) =>
    service.request("GET", "/upload", { key, query: { upload_id } });
  return {
    service,
    session,
    told,
    async upload({ key = ownKey, path = "/photo/upload", ...given } = {}) {
      const headers = { "X-API-Key": key, "X-Session-ID": given.session ?? session };
      const request = new Request(`http://localhost${path}`, {
        method: "POST",
        headers: { ...headers, ...given.headers },
        body: given.form ?? photoForm(given.caption),
        ...(given.signal ? { signal: given.signal } : {}),
      });
      const response = await service.service.handle(request);
      const bytes = await response.bytes();
      const text = new TextDecoder().decode(bytes);
      const { status } = response;
      return { status, headers: response.headers, text, bytes, body: JSON.parse(text) };
    },
    async toldWhen(uploadId, ...states) {
      let body: any;
      await until(async () => {
        body = (await told(uploadId)).body;
        return states.includes(body.state);
      });
      return body;
    },
    async captions() {
      const query = { user_id: "61000000001", amount: "12" };
      const options = { key: ownKey, session, query };
      const { body } = await service.request("GET", "/user/medias", options);
      return body.items.map(({ caption_text }: { caption_text: string }) => caption_text);
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
}

/**
 * How many files this process has open that have no name any more, as those of requests. The
 * emulator's own, which it keeps, do not count.
 */
export function unnamedFiles(): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.endsWith("(deleted)") && !path.includes("emulator");
    } catch {
      return false;
    }
  }).length;
}
