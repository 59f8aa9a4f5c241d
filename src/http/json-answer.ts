import { type JsonInput, JsonText, stringifyJson } from "../instagram/json.ts";

/**
 * The JSON text of what a handler answers. Every value is sent as JSON, even a single text or
 * boolean, because clients parse the answer.
 */
export const jsonOf = (value: unknown): string =>
  value instanceof JsonText ? value.text : stringifyJson((value as JsonInput | undefined) ?? null);
