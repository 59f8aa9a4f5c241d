import {
  type ExactJson,
  type ExactJsonObject,
  isJsonObject,
  JsonRefused,
  parseCallersJson,
} from "../instagram/json.ts";
import type { SessionState } from "../instagram/session.ts";
import { InvalidInput } from "../problems/problem.ts";
import type { ProxyChoice } from "./session-proxy.ts";

/* Fields of a login, in the forms in which people type them. */

export interface ClientOptions extends ProxyChoice {
  locale?: string;
  /** Seconds from UTC. */
  timezone?: string;
}

export function applyOptions(state: SessionState, { locale, timezone }: ClientOptions): void {
  if (locale) state.setLocale(locale);
  if (timezone) state.setTimezoneOffset(timezone);
}

/** A code as people type it: `414 603`, `414-603`. Throws InvalidInput. */
export function requiredCode(code: string, field: string): string {
  const digits = code.replace(/[\s-]/g, "");
  if (!/^\d{4,10}$/.test(digits)) throw new InvalidInput(field, "must be a code of digits");
  return digits;
}

/** As requiredCode(), but undefined for an empty text. */
export const cleanCode = (code: string | undefined, field: string): string | undefined =>
  code && /[^\s-]/.test(code) ? requiredCode(code, field) : undefined;

/** The JSON object in a field's text. Throws InvalidInput. */
export function jsonObjectField(text: string, field: string): ExactJsonObject {
  let value: ExactJson;
  try {
    value = parseCallersJson(text);
  } catch (error) {
    if (error instanceof JsonRefused) throw new InvalidInput(field, error.message);
    throw new InvalidInput(field, "must be valid JSON");
  }
  if (!isJsonObject(value)) throw new InvalidInput(field, "must be a JSON object");
  return value;
}
