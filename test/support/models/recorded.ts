import { FormatRegistry } from "@sinclair/typebox";
import {
  type ExactJson,
  isJsonObject,
  type Json,
  type JsonObject,
  parsePlain,
} from "../../../src/instagram/json.ts";
import traces from "../../fixtures/wire-traces.json";

/** One recorded operation: what the upstream answered last, and what the Python service made of it. */
export interface Recording {
  name: string;
  params: Record<string, unknown>;
  /** The last JSON object that i.instagram.com answered; this is what the model reads. */
  answers: JsonObject[];
  result: Json;
}

interface Trace {
  operationId: string;
  variant: string;
  call: { params: Record<string, unknown> };
  requests: { host: string; path: string; answer: { status: number; text?: string } }[];
  result: { status: number; text: string };
}

/**
 * The recordings of an operation that the private API answered (those whose every web request was
 * refused or redirected; the web surface has other shapes, which this service does not ask for).
 */
export function recordingsOf(operationId: string): Recording[] {
  return (traces.traces as unknown as Trace[])
    .filter((trace) => trace.operationId === operationId && trace.result.status === 200)
    .filter((trace) => trace.requests.at(-1)?.host === "i.instagram.com")
    .map((trace) => ({
      name: `${operationId}: ${trace.variant}`,
      params: trace.call.params,
      answers: trace.requests
        .filter(({ host, answer }) => host === "i.instagram.com" && answer.status === 200)
        .map(({ answer }) => parsePlain(answer.text ?? "null"))
        .filter(isJsonObject),
      result: parsePlain(trace.result.text),
    }));
}

/**
 * A recorded result as the contract has it: ids are strings, also where the Python service wrote
 * numbers. Numbers are compared by value, so 4.0 is 4.
 */
export function asContract(value: ExactJson, key = ""): ExactJson {
  if (Array.isArray(value)) return value.map((item) => asContract(item));
  if (isJsonObject(value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, asContract(v, k)]));
  const isId = key === "pk" || key === "id" || key.endsWith("_id");
  return isId && (typeof value === "number" || typeof value === "bigint") ? String(value) : value;
}

// RFC 3986, strict: no blanks, no characters beyond ASCII, no bare percent sign.
const URI =
  /^[a-z][a-z\d+\-.]*:(?:[\w\-.~:/?@!$&'()*+,;=]|%[\da-f]{2})*(?:#(?:[\w\-.~:/?@!$&'()*+,;=]|%[\da-f]{2})*)?$/i;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** Registers the formats of the models with TypeBox, so that its checks look at them. */
export function registerFormats(): void {
  FormatRegistry.Set("uri", (text) => URI.test(text));
  FormatRegistry.Set("date-time", (text) => INSTANT.test(text) && !Number.isNaN(Date.parse(text)));
}

/** The items of a list; none when it is no list. */
export const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** The fields of an object; none when it is no object. */
export const fields = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
