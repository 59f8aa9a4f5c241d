/** A value made by `JSON.rawJSON`: its JSON text is exactly the given digits. */
export interface Digits {
  readonly rawJSON: string;
}

/** Anything that can be written into an answer. */
export type Json =
  | string
  | number
  | boolean
  | null
  | undefined
  | Digits
  | readonly Json[]
  | { readonly [field: string]: Json };

/** The fields of a JSON object. */
export type JsonObject = { readonly [field: string]: Json };

const rawJson = (JSON as JSON & { rawJSON(text: string): Digits }).rawJSON;

/** A 64-bit id as a JSON number with all its digits: a double would round it past 2^53. */
export function digits(id: bigint | string): Digits {
  return rawJson(id.toString());
}

const JSON_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "application/json; charset=utf-8",
};

/** 200 with `fields` and `status: "ok"`, which ends every successful answer of the private API. */
export function ok(fields: JsonObject = {}, headers?: Headers): Response {
  return json(JSON.stringify({ ...fields, status: "ok" }), 200, headers);
}

/** An answer with a JSON text that is already written. */
export function json(text: string, status = 200, headers?: Headers): Response {
  if (headers === undefined) {
    return new Response(text, { status, headers: JSON_HEADERS });
  }
  headers.set("Content-Type", "application/json; charset=utf-8");
  return new Response(text, { status, headers });
}

/** A refusal in the upstream's shape. Checks and handlers throw it; the emulator makes the answer of it. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    readonly body: JsonObject,
  ) {
    super(typeof body.message === "string" ? body.message : "");
  }

  toResponse(): Response {
    return json(JSON.stringify({ ...this.body, status: "fail" }), this.status);
  }
}

/** A refusal with a message, an `error_type` where the upstream sends one, and more fields. */
export function refuse(
  status: number,
  message: string,
  errorType?: string,
  fields: JsonObject = {},
): Refusal {
  return new Refusal(status, { message, ...fields, error_type: errorType });
}

/** 403: there is no session, or it has ended. Logout reason 8 is the upstream's for an ended session. */
export function loginRequired(): Refusal {
  return new Refusal(403, {
    message: "login_required",
    error_title: "You've Been Logged Out",
    error_body: "Please log back in.",
    logout_reason: 8,
  });
}

/** 400: a field or query parameter is missing or has a wrong form. */
export function invalidParameter(name: string): Refusal {
  return refuse(400, `Missing or invalid parameter: ${name}`, "invalid_parameters");
}

/** 404: an id or username belongs to nobody. */
export function userNotFound(): Refusal {
  return refuse(404, "User not found");
}

/** 400: the viewer does not follow the private account whose posts or lists it asks for. */
export function notAuthorizedToViewUser(): Refusal {
  return refuse(400, "Not authorized to view user");
}

/** The upstream's message when it throttles, with any status. */
export const WAIT_A_FEW_MINUTES = "Please wait a few minutes before you try again.";

const NOT_FOUND_PAGE =
  '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Page Not Found &bull; Instagram</title></head>' +
  "<body><h2>Sorry, this page isn't available.</h2><p>The link you followed may be broken, or the page may have been removed.</p></body></html>\n";

/** The upstream's HTML page for unknown paths and methods. */
export function notFoundPage(): Response {
  return new Response(NOT_FOUND_PAGE, {
    status: 404,
    headers: { "Content-Type": "text/html; charset=utf-8" },
  });
}
