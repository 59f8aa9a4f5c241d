import { expect } from "bun:test";
import { constants, createCipheriv, publicEncrypt, randomBytes } from "node:crypto";
import type { Emulator } from "../../src/emulator/index.ts";

/** The ids of the device in tests; any ids will do, as long as they stay the same. */
export const DEVICE = {
  guid: "bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb",
  phone_id: "aaaaaaaa-0001-4aaa-8aaa-aaaaaaaaaaaa",
  device_id: "android-e00000000000005e",
};

/** The headers that every app sends. */
export const APP_HEADERS = {
  "User-Agent":
    "Instagram 428.0.0.47.67 Android (34/14; 480dpi; 1344x2992; Google/google; Pixel 8 Pro; husky; husky; en_US; 961145276)",
  "X-IG-App-ID": "567067343352427",
  "X-IG-Capabilities": "3brTv10=",
  "X-IG-Connection-Type": "WIFI",
  "X-IG-Device-ID": DEVICE.guid,
  "X-IG-Android-ID": DEVICE.device_id,
};

/** The type of JSON.parse's results, so that tests can read any field of an answer. */
export type ParsedJson = ReturnType<typeof JSON.parse>;

/** An answer with its JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: ParsedJson;
}

/** What a test sends with a request. */
export interface RequestOptions {
  readonly query?: Record<string, string | number>;
  readonly headers?: Record<string, string | undefined>;
  /** Sent signed. */
  readonly signed?: unknown;
  /** Sent as a plain form. */
  readonly form?: Record<string, string>;
  /** Sent as it is. */
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly host?: string;
}

/** A minimal client of the upstream, whose requests a test controls in full. */
export class TestClient {
  authorization: string | undefined;

  constructor(
    readonly emulator: Emulator,
    readonly world = "default",
  ) {}

  async send(
    method: "GET" | "POST" | "PUT",
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer> {
    const headers = new Headers(APP_HEADERS);
    if (this.authorization) headers.set("Authorization", this.authorization);
    if (method === "POST") {
      headers.set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    }
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value === undefined) headers.delete(name);
      else headers.set(name, value);
    }
    let body = options.body;
    if (options.signed !== undefined) {
      body = new URLSearchParams({
        signed_body: `SIGNATURE.${JSON.stringify(options.signed)}`,
      }).toString();
    }
    if (options.form !== undefined) body = new URLSearchParams(options.form).toString();
    const query = new URLSearchParams(
      Object.entries(options.query ?? {}).map(([name, value]) => [name, String(value)]),
    ).toString();
    const url = `https://${options.host ?? "i.instagram.com"}${path}${query ? `?${query}` : ""}`;
    const response = await this.emulator.handle(
      new Request(url, { method, headers, body: method === "GET" ? undefined : (body ?? "") }),
      this.world,
    );
    const text = await response.text();
    const isJson = (response.headers.get("content-type") ?? "").includes("json");
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  }

  get(path: string, query?: RequestOptions["query"]): Promise<Answer> {
    return this.send("GET", `/api/v1/${path}`, { query });
  }

  post(path: string, signed: unknown): Promise<Answer> {
    return this.send("POST", `/api/v1/${path}`, { signed });
  }

  /** Fields of a login with a really encrypted password; `change` alters them. */
  async loginFields(username: string, password: string, change: object = {}) {
    const sync = await this.send("GET", "/api/v1/qe/sync/", {
      headers: { "User-Agent": "Mozilla/5.0 Safari/605.1.15" },
    });
    return {
      jazoest: jazoest(DEVICE.phone_id),
      country_codes: '[{"country_code":"1","source":["default"]}]',
      ...DEVICE,
      enc_password: encryptPassword(
        password,
        sync.headers.get("ig-set-password-encryption-key-id") ?? "",
        sync.headers.get("ig-set-password-encryption-pub-key") ?? "",
      ),
      username,
      adid: "dddddddd-0004-4ddd-8ddd-dddddddddddd",
      google_tokens: "[]",
      login_attempt_count: "0",
      ...change,
    };
  }

  async login(username: string, password = "sandbox", change: object = {}): Promise<Answer> {
    const fields = await this.loginFields(username, password, change);
    return this.keep(await this.post("accounts/login/", fields));
  }

  /** Uses the session in an answer from now on, as an app does. */
  keep(answer: Answer): Answer {
    const authorization = answer.headers.get("ig-set-authorization");
    if (authorization) this.authorization = authorization;
    return answer;
  }
}

export function jazoest(phoneId: string): string {
  return `2${[...phoneId].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)}`;
}

export function encryptPassword(password: string, keyId: string, publicKey: string): string {
  const time = String(Math.floor(Date.now() / 1000));
  const aesKey = randomBytes(32);
  const iv = randomBytes(12);
  const wrapped = publicEncrypt(
    { key: Buffer.from(publicKey, "base64").toString(), padding: constants.RSA_PKCS1_PADDING },
    aesKey,
  );
  const cipher = createCipheriv("aes-256-gcm", aesKey, iv).setAAD(Buffer.from(time));
  const text = Buffer.concat([cipher.update(password, "utf8"), cipher.final()]);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(wrapped.length);
  const parts = [Buffer.from([1, Number(keyId)]), iv, length, wrapped, cipher.getAuthTag(), text];
  return `#PWD_INSTAGRAM:4:${time}:${Buffer.concat(parts).toString("base64")}`;
}

/** A client that is logged in as `username`. */
export async function loggedIn(emulator: Emulator, username = "sandbox", world = "default") {
  const client = new TestClient(emulator, world);
  const answer = await client.login(username);
  if (answer.status !== 200) throw new Error(`login of ${username}: ${answer.text}`);
  return client;
}

/** All items of a list that is paged by `max_id`, and the cursors of its pages. */
export async function allPages(
  client: TestClient,
  path: string,
  query: Record<string, string> = {},
): Promise<{ items: ParsedJson[]; cursors: string[] }> {
  const items: ParsedJson[] = [];
  const cursors: string[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page = await client.get(path, { ...query, max_id: cursor });
    if (page.status !== 200) throw new Error(`${path}: ${page.text.slice(0, 200)}`);
    expect(page.json.num_results).toBe(page.json.items.length);
    expect(page.json.more_available).toBe(page.json.next_max_id !== undefined);
    items.push(...page.json.items);
    cursor = page.json.next_max_id;
    if (cursor !== undefined) cursors.push(cursor);
  }
  return { items, cursors };
}

/** Ids of the posts in a list whose items are posts or have them in `media`. */
export const idsOf = (items: ParsedJson[]): string[] =>
  items.map((item) => (item.media ?? item).id);

/** The posts in the sections of a page, of all layouts, in their order. */
export const sectionPosts = ({ json }: { json: ParsedJson }): ParsedJson[] =>
  json.sections.flatMap(
    ({ layout_content: { one_by_two_item, two_by_two_item, ...rest } }: ParsedJson) =>
      [
        ...(one_by_two_item?.clips.items ?? []),
        ...(two_by_two_item ? [two_by_two_item] : []),
        ...(rest.fill_items ?? []),
        ...(rest.medias ?? []),
      ].map(({ media }) => media),
  );
