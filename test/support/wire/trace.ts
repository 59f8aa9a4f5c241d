import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseWritten, type WrittenJson } from "./written-json.ts";

/** One recorded upstream request, its body as far as it was decoded. */
export interface RecordedRequest {
  method: string;
  host: string;
  path: string;
  query: [name: string, value: string][];
  headers_base: "common_headers" | "common_headers_web" | "none";
  headers_extra: Record<string, string>;
  headers_absent?: string[];
  body_kind: "none" | "signed_json" | "form" | "json" | "binary";
  body: unknown;
  /** `body` with its numbers as they were written. */
  writtenBody: WrittenJson;
  surface?: string;
  repeated?: number;
  answer: { status: number; headers?: Record<string, string>; text?: string };
}

/** One recorded call of the Python service and the upstream requests it made. */
export interface Trace {
  operationId: string;
  variant: string;
  call: {
    method: string;
    path: string;
    params: Record<string, unknown>;
    files?: [field: string, file: string][];
  };
  /** The client was called without the service: `result.content_type` is Python's repr then. */
  direct?: boolean;
  web_surface?: string;
  remark?: string;
  requests: RecordedRequest[];
  result: { status: number; content_type: string; text: string };
}

interface Fixture {
  session: Record<string, unknown>;
  common_headers: Record<string, string>;
  common_headers_web: Record<string, string>;
  traces: Trace[];
}

const text = readFileSync(join(import.meta.dir, "../../fixtures/wire-traces.json"), "utf8");

/** The recordings, as `notes` in the fixture explains them. */
export const fixture: Fixture = JSON.parse(text);

export const nameOf = (trace: Trace): string => `${trace.operationId}: ${trace.variant}`;

interface WrittenFixture {
  traces: { requests: { body: WrittenJson }[] }[];
}
const written = parseWritten(text) as unknown as WrittenFixture;
fixture.traces.forEach((trace, t) => {
  trace.requests.forEach((request, r) => {
    const body = written.traces[t]?.requests[r]?.body;
    if (body === undefined) throw new Error(`${nameOf(trace)} has a request without a body`);
    request.writtenBody = body;
    if (request.path.endsWith("/configure_to_story/")) tellSharedAt(request);
  });
});

/** A file that a recorded call uploads or fetches. */
export const recordedFile = (name: string): File =>
  new File([readFileSync(join(import.meta.dir, "../../fixtures/uploads", fixtureOf(name)))], name);

/** The recorded sound is one of the voice messages here: both are AAC in MP4. */
const fixtureOf = (name: string): string => (name === "track.m4a" ? "voice.m4a" : name);

/** Stories name two moments, and the recordings both in the same way. */
function tellSharedAt({ body, writtenBody, query }: RecordedRequest): void {
  const client_shared_at = `<unix seconds -${query.length > 0 ? 7 : 5} s>`;
  for (const fields of [body, writtenBody]) Object.assign(fields as object, { client_shared_at });
}

/** The saved session's JSON text with its float and its digits as recorded. */
export const sessionText: string = JSON.stringify(fixture.session);
