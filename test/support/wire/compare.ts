import type { Asked } from "../fake-instagram.ts";
import { updatedHeaders } from "./deviations.ts";
import type { Placeholders } from "./pattern.ts";
import { fixture, type RecordedRequest, recordedFile } from "./trace.ts";
import {
  isWrittenNumber,
  parseWritten,
  pythonJson,
  quotePlus,
  type WrittenJson,
} from "./written-json.ts";

const SIGNED = "signed_body=SIGNATURE.";

/** A call the product made, and the headers that answers had set before it. */
export interface SentRequest {
  call: Asked;
  answered: ReadonlyMap<string, string>;
}

/** Every way in which a request differs from the recorded one, one line each. */
export function differences(
  expected: RecordedRequest,
  { call, answered }: SentRequest,
  placeholders: Placeholders,
): string[] {
  const url = new URL(call.url);
  const found: string[] = [];
  const sizes = sizesIn(expected, call);
  const check = (what: string, recorded: string, actual: string, keep = true): void => {
    const pattern = sizes(recorded);
    const mismatch = placeholders.mismatch(pattern, actual, keep);
    if (mismatch) found.push(`${what}: ${mismatch}, got ${JSON.stringify(actual)}`);
  };
  check("method", expected.method, call.method);
  check("host", expected.host, url.host);
  check("path", expected.path, url.pathname);
  comparePairs("query", expected.query, [...url.searchParams], check, found);
  compareBody(expected, call.body, check, found);
  compareHeaders(expected, call.headers, answered, check, found);
  return found;
}

/**
 * Uploaded files are not the recorded ones, and photos are encoded by another library: the recorded
 * sizes stand for the sizes of ours.
 */
function sizesIn(
  { body_kind, body }: RecordedRequest,
  { bodyBytes }: Asked,
): (recorded: string) => string {
  const ours = fixtureSizes();
  return (recorded) => {
    let text = recorded;
    if (body_kind === "binary")
      text = text.replaceAll(
        new RegExp(`(?<!\\d)${(body as { length: number }).length}(?!\\d)`, "g"),
        String(bodyBytes),
      );
    return text.replaceAll(/(?<!\d)85185(?!\d)|<video size>/g, ours.video);
  };
}

let known: { video: string } | null = null;
const fixtureSizes = (): { video: string } => {
  known ??= { video: String(recordedFile("video.mp4").size) };
  return known;
};

type Check = (what: string, pattern: string, actual: string, keep?: boolean) => void;
type Pairs = readonly (readonly [name: string, value: string])[];

function comparePairs(
  what: string,
  expected: Pairs,
  actual: Pairs,
  check: Check,
  found: string[],
): void {
  const names = (pairs: Pairs): string => pairs.map(([name]) => name).join(", ");
  if (names(expected) !== names(actual))
    found.push(`${what}: expected the fields ${names(expected)}, got ${names(actual)}`);
  else
    expected.forEach(([name, value], index) => {
      check(`${what}.${name}`, value, actual[index]![1]);
    });
}

function compareBody(
  expected: RecordedRequest,
  body: string | null,
  check: Check,
  found: string[],
): void {
  const text = typeof body === "string" ? body : "";
  switch (expected.body_kind) {
    case "none":
      if (body !== null) found.push(`body: expected none, got ${text}`);
      return;
    case "binary":
      if (body === null) found.push("body: expected bytes, got none");
      return;
    case "form":
      comparePairs("body", expected.body as Pairs, [...new URLSearchParams(text)], check, found);
      return;
    case "signed_json": {
      if (!text.startsWith(SIGNED)) return void found.push(`body: not signed: ${text}`);
      const json = new URLSearchParams(text).get("signed_body")!.slice("SIGNATURE.".length);
      if (text !== `${SIGNED}${quotePlus(json)}`) found.push(`body: not form-encoded: ${text}`);
      compareJsonText(expected.writtenBody, json, [false], check, found);
      return;
    }
    case "json":
      compareJsonText(expected.writtenBody, text, [true, false], check, found);
  }
}

/** `blanks` lists the ways of writing it that are right: with blanks after separators or not. */
function compareJsonText(
  expected: WrittenJson,
  text: string,
  blanks: readonly boolean[],
  check: Check,
  found: string[],
): void {
  let actual: WrittenJson;
  try {
    actual = parseWritten(text);
  } catch {
    return void found.push(`body: no JSON: ${text}`);
  }
  compareJson("body", expected, actual, check, found);
  if (!blanks.some((withBlanks) => pythonJson(actual, withBlanks) === text))
    found.push(`body: not written as the recorded client writes JSON: ${text}`);
}

function compareJson(
  at: string,
  expected: WrittenJson,
  actual: WrittenJson,
  check: Check,
  found: string[],
): void {
  const wrong = (): number =>
    found.push(`${at}: expected ${shown(expected)}, got ${shown(actual)}`);
  if (isWrittenNumber(expected)) {
    if (!isWrittenNumber(actual)) wrong();
    else check(at, expected.$number, actual.$number);
  } else if (typeof expected === "string") {
    if (typeof actual !== "string") wrong();
    else check(at, expected, actual);
  } else if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) wrong();
    else
      for (const [index, item] of expected.entries())
        compareJson(`${at}[${index}]`, item, actual[index]!, check, found);
  } else if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null || isWrittenNumber(actual)) wrong();
    else compareFields(at, expected, actual as Record<string, WrittenJson>, check, found);
  } else if (expected !== actual) wrong();
}

/** Keys may hold placeholders too, and their order counts. */
function compareFields(
  at: string,
  expected: Record<string, WrittenJson>,
  actual: Record<string, WrittenJson>,
  check: Check,
  found: string[],
): void {
  const wanted = Object.entries(expected);
  const given = Object.entries(actual);
  if (wanted.length !== given.length)
    found.push(`${at}: expected the keys ${Object.keys(expected)}, got ${Object.keys(actual)}`);
  wanted.slice(0, given.length).forEach(([key, value], index) => {
    const [givenKey, givenValue] = given[index]!;
    check(`${at}: key ${index + 1}`, key, givenKey);
    compareJson(`${at}.${key}`, value, givenValue, check, found);
  });
}

const shown = (value: WrittenJson): string => pythonJson(value, false);

/** Names are compared as written, values as patterns; per-request values stand for themselves. */
function compareHeaders(
  request: RecordedRequest,
  actual: Record<string, string>,
  answered: ReadonlyMap<string, string>,
  check: Check,
  found: string[],
): void {
  const base = request.headers_base === "none" ? {} : fixture[request.headers_base];
  const absent = new Set((request.headers_absent ?? []).map((name) => name.toLowerCase()));
  const wanted = new Map<string, { name: string; value: string; keep: boolean }>();
  const put = (headers: Record<string, string>, keep: boolean): void => {
    for (const [name, value] of Object.entries(headers)) {
      const known = wanted.get(name.toLowerCase());
      if (!absent.has(name.toLowerCase()))
        wanted.set(name.toLowerCase(), { name: known?.name ?? name, value, keep });
    }
  };
  put(base, false);
  put(request.headers_extra, true);
  if (request.headers_base === "common_headers") put(updatedHeaders(answered), true);
  // The runtime writes it, from the URL whose host was compared.
  wanted.delete("host");
  const given = new Map(Object.entries(actual).map(([name, value]) => [name.toLowerCase(), value]));
  for (const name of Object.keys(actual)) {
    const expected = wanted.get(name.toLowerCase());
    if (!expected) found.push(`header ${name}: not expected, got ${actual[name]}`);
    else if (expected.name !== name) found.push(`header ${expected.name} is written ${name}`);
  }
  if (given.size !== Object.keys(actual).length) found.push("a header is given twice");
  for (const [lower, { name, value, keep }] of wanted) {
    const sent = given.get(lower);
    if (sent === undefined) found.push(`header ${name}: missing`);
    else check(`header ${name}`, value, sent, keep);
  }
}
