import { FakeInstagram, reply } from "../fake-instagram.ts";
import { type Answer, createTestService, type TestService } from "../service.ts";
import type { SentRequest } from "./compare.ts";
import { deviationOf, expectedRequests } from "./deviations.ts";
import { Placeholders } from "./pattern.ts";
import { SESSION_ID_RESULTS } from "./result.ts";
import { fixture, type RecordedRequest, recordedFile, type Trace } from "./trace.ts";

/** What a replay of one trace showed. */
export interface Replay {
  expected: RecordedRequest[];
  sent: SentRequest[];
  answer: Answer;
  placeholders: Placeholders;
  /** Settings of the session at the end. */
  settings: Record<string, any>;
}

/** A moment that is no whole second, so that fractions show. */
const STARTED_AT = Date.UTC(2026, 10, 24, 6, 0, 0, 217);

/** One service for all traces; each gets a tenant of its own, so that nothing is left over. */
export class Replayer {
  private constructor(
    private readonly instagram: FakeInstagram,
    private readonly serviceReady: Promise<TestService>,
    private readonly clock: { time: number },
  ) {}

  static start(): Replayer {
    const instagram = new FakeInstagram();
    const clock = { time: STARTED_AT };
    // It moves on, as uploads tell their ids apart by it, but stays within the second.
    const service = createTestService({ instagram, now: () => clock.time++ });
    return new Replayer(instagram, service, clock);
  }

  /** Ids of the operations that the app has. */
  async operations(): Promise<Set<string>> {
    const service = await this.serviceReady;
    const { body } = await service.request("GET", "/openapi.json");
    const ids = Object.values<Record<string, any>>(body.paths).flatMap((path) =>
      Object.values(path).map((operation) => String(operation.operationId)),
    );
    return new Set(ids);
  }

  async replay(trace: Trace): Promise<Replay> {
    const service = await this.serviceReady;
    this.clock.time = STARTED_AT;
    const tenant = await service.createTenant(`${trace.operationId} ${trace.variant}`.slice(0, 60));
    const { key } = await service.createKey(tenant, { mode: "live" });
    const session = SESSION_ID_RESULTS.has(trace.operationId)
      ? null
      : await this.#importSession(key, trace);

    const expected = expectedRequests(trace);
    const sent: SentRequest[] = [];
    const answered = new Map<string, string>();
    this.instagram.on(/./, (call) => {
      sent.push({ call, answered: new Map(answered) });
      const recorded = expected[sent.length - 1]?.answer;
      for (const [name, value] of Object.entries(recorded?.headers ?? {}))
        answered.set(name.toLowerCase(), value);
      if (!recorded) return reply(400, { message: "one request too many", status: "fail" });
      if (isFile(recorded.text)) return new Response(recordedFile(nameIn(call.url)));
      return reply(recorded.status, recorded.text ?? "", {
        "Content-Type": "application/json",
        ...recorded.headers,
      });
    });
    const answer = await this.#call(key, session, trace);
    const settings = await this.#settings(key, session ?? sessionOf(answer));
    const placeholders = new Placeholders({
      settings: session ? { ...fixture.session } : settings,
      startedAt: STARTED_AT,
      answered,
    });
    return { expected, sent, answer, placeholders, settings };
  }

  async close(): Promise<void> {
    await (await this.serviceReady).close();
  }

  async #importSession(key: string, trace: Trace): Promise<string> {
    this.instagram.reset();
    const cookies = deviationOf(trace)?.cookies;
    const settings = cookies ? { ...fixture.session, cookies } : fixture.session;
    const service = await this.serviceReady;
    const imported = await service.request("PATCH", "/auth/settings", {
      key,
      form: { settings: JSON.stringify(settings) },
    });
    if (imported.status !== 200) throw new Error(`import: ${imported.text}`);
    return imported.body;
  }

  async #call(key: string, session: string | null, trace: Trace): Promise<Answer> {
    const { method, path, params, files } = trace.call;
    const fields = files ? new FormData() : new URLSearchParams();
    for (const [name, value] of Object.entries({ ...params, ...deviationOf(trace)?.params }))
      for (const item of Array.isArray(value) ? value : [value])
        fields.append(name, typeof item === "object" ? JSON.stringify(item) : String(item));
    for (const [field, name] of files ?? [])
      (fields as FormData).append(field, recordedFile(name), name);
    const inQuery = method === "GET" || method === "DELETE";
    const service = await this.serviceReady;
    return service.request(method, inQuery ? `${path}?${fields}` : path, {
      key,
      session,
      ...(inQuery ? {} : { body: fields }),
    });
  }

  async #settings(key: string, session: string | null): Promise<Record<string, any>> {
    if (session === null) return {};
    const service = await this.serviceReady;
    const { body } = await service.request("GET", "/auth/settings", { key, session });
    return body;
  }
}

/** The session that a login made, also one that waits for a challenge. */
function sessionOf({ body }: Answer): string | null {
  if (typeof body === "string") return body;
  return typeof body?.session_id === "string" ? body.session_id : null;
}

/** Of a file that was fetched, the recordings have the length alone: it is one of the uploaded files. */
const isFile = (text = ""): boolean => /^<\d+ bytes>$/.test(text);
const nameIn = (url: string): string => new URL(url).pathname.split("/").at(-1) ?? "";
