import type { ExactJson } from "../../../src/instagram/json.ts";
import { isJsonObject, parseExact } from "../../../src/instagram/json.ts";
import { contractOf } from "../contract.ts";
import { asContract } from "../models/recorded.ts";
import { withinCursor } from "../pages.ts";
import { deviationOf, withReplaced } from "./deviations.ts";
import { fixture, type Trace } from "./trace.ts";

/** Operations whose result here is a session ID of this service, never the upstream's cookie. */
export const SESSION_ID_RESULTS = new Set([
  "postAuthLogin",
  "postAuthLoginBySessionid",
  "patchAuthSettings",
]);

const NAIVE_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$/;

/** What the Python service returned, as the contract has it. */
export function recordedResult(trace: Trace): ExactJson {
  const { resultOf: other, result: ours } = deviationOf(trace) ?? {};
  if (ours !== undefined) return ours;
  const { result, direct } = other
    ? fixture.traces.find((t) => t.operationId === trace.operationId && t.variant === other)!
    : trace;
  const value = direct
    ? fromPythonRepr(result.content_type)
    : parseExact(withReplaced(trace, [result.text])[0]!);
  // The upstream's own object is handed on as it is, numbers and all.
  if (contractOf(trace.operationId)?.returns.startsWith("Dict")) return value;
  return withZones(asContract(value));
}

/** The service's cursors hold Instagram's, which the Python service hands out as they are. */
export function withUpstreamCursors(result: ExactJson): ExactJson {
  if (!isJsonObject(result)) return result;
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => [
      name,
      name.endsWith("_cursor") && typeof value === "string" ? withinCursor(value) : value,
    ]),
  );
}

/** Timestamps without a zone are UTC. */
function withZones(value: ExactJson): ExactJson {
  if (Array.isArray(value)) return value.map(withZones);
  if (typeof value === "string") return NAIVE_INSTANT.test(value) ? `${value}Z` : value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withZones(item)]));
}

/** The little of Python's literals that the recordings hold. */
function fromPythonRepr(repr: string): ExactJson {
  const json = repr
    .replaceAll(/\bTrue\b/g, "true")
    .replaceAll(/\bFalse\b/g, "false")
    .replaceAll(/\bNone\b/g, "null")
    .replaceAll("'", '"');
  return parseExact(json);
}
