import { type Asked, FakeInstagram, reply } from "./fake-instagram.ts";
import { importSession, savedSettings, USER_PK } from "./live.ts";
import {
  type Answer,
  createTestService,
  type TestService,
  type TestServiceOptions,
} from "./service.ts";

/* What the tests of Idempotency-Keys share: a like, which Instagram does not guard, and a message. */

export const HOUR = 3_600_000;
export const MEDIA = "3747773280932289111_61000000001";
export const LIKE = /\/media\/[\d_]+\/(?:un)?(?:like|save)\/$/;
export const SEND = "direct_v2/threads/broadcast/text/";
export const THREAD = "340282366841710300949128100000000000001";

export const liked = reply(200, { status: "ok" });
export const sent = reply(200, {
  action: "item_ack",
  status_code: "200",
  payload: { item_id: "31000000000000000000000000000000001", thread_id: THREAD, timestamp: "1" },
  status: "ok",
});
/** As the network fails after the request has left. */
export const lost = (): never => {
  throw new Error("the connection was closed");
};

/** A request; a like, unless something else is given. */
export interface Keyed {
  method?: string;
  path?: string;
  form?: Record<string, string>;
  json?: unknown;
  query?: Record<string, string>;
  key?: string;
  session?: string;
}

export const message = (text = "hello"): Keyed => ({
  path: "/direct/message",
  form: { text, thread_ids: THREAD },
});

let sessions = 0;
let keys = 0;
export const newKey = (): string => `key-${++keys}`;

/** A session of the account of live keys, of its own. */
export const newSession = (service: TestService, key = service.liveKey): Promise<string> => {
  const sessionid = `${USER_PK}%3AOne${++sessions}%3A12%3AAYdSessionIdTail`;
  const settings = savedSettings({ authorization_data: { ds_user_id: USER_PK, sessionid } });
  return importSession(service, settings, { new_session: "true" }, key);
};

/** A service with a session of its live key, to send requests with Idempotency-Keys to. */
export interface KeyedService {
  service: TestService;
  instagram: FakeInstagram;
  session: string;
  ask(idempotencyKey: string | null, given?: Keyed): Promise<Answer>;
  /** Sends a like whose answer comes when `release` is called, once Instagram has got it. */
  askHeld(
    idempotencyKey: string,
    given?: Keyed,
  ): Promise<{ running: Promise<Answer>; release: () => void }>;
  /** The stored records. */
  rows(): Promise<any[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function keyedService({
  session: shared,
  key,
  ...options
}: TestServiceOptions & { session?: string; key?: string } = {}): Promise<KeyedService> {
  const instagram = options.instagram ?? new FakeInstagram();
  instagram.on(LIKE, liked).on(SEND, sent);
  const service = await createTestService({ ...options, instagram });
  const session = shared ?? (await newSession(service));
  const ask: KeyedService["ask"] = (idempotencyKey, given = {}) => {
    const { method = "POST", path = "/media/like", query, json } = given;
    return service.request(method, path, {
      key: given.key ?? key ?? service.liveKey,
      session: given.session ?? session,
      ...(json === undefined ? { form: given.form ?? { media_id: MEDIA } } : { json }),
      ...(query ? { query } : {}),
      headers: idempotencyKey === null ? {} : { "Idempotency-Key": idempotencyKey },
    });
  };
  return {
    service,
    instagram,
    session,
    ask,
    async askHeld(idempotencyKey, given) {
      const arrived = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const hold = (answer: typeof liked) => async () => {
        arrived.resolve();
        await gate.promise;
        return answer;
      };
      instagram.on(LIKE, hold(liked)).on(SEND, hold(sent));
      const running = ask(idempotencyKey, given);
      await arrived.promise;
      return { running, release: gate.resolve };
    },
    async rows() {
      const { db } = service.service.stores;
      return (await db.statements.execute("SELECT * FROM idempotency_records")).rows;
    },
    [Symbol.asyncDispose]: () => service.close(),
  };
}

/** The token by which Instagram knows a message again. */
export const tokenIn = ({ body }: Asked): string | null =>
  new URLSearchParams(body ?? "").get("client_context");
