/*
 * What an error must say so that a caller can be answered. Imports nothing, so that every layer, also
 * the Instagram client used alone, can throw errors of this form.
 */

/** What all errors of a kind say, and so what OpenAPI says of them. */
export interface ProblemKind {
  /** Of the HTTP answer. */
  status: number;
  title: string;
  /** What the caller can do about it. */
  hint?: string;
  /** Seconds to wait before trying again. */
  retryAfter?: number;
}

/** A JSON value in an answer. */
type Member =
  | null
  | boolean
  | number
  | bigint
  | string
  | undefined
  | readonly Member[]
  | { readonly [name: string]: Member };

/** What one error says beside or instead of its kind. */
export interface ProblemDetails {
  /** For the caller, where the message is for the operator. */
  detail?: string;
  hint?: string | undefined;
  retryAfter?: number | undefined;
  headers?: Readonly<Record<string, string>>;
  /** Further members of the answer's body. */
  members?: Readonly<Record<string, Member>>;
  cause?: unknown;
}

/**
 * An error that knows its answer: whoever throws it says all that the answer says. What is thrown and
 * is no Problem is a fault of the program.
 */
export abstract class Problem<Kind extends string = string> extends Error {
  readonly #kindSays: ProblemKind;
  readonly #details: ProblemDetails;

  constructor(
    /** The `exc_type` of the answer. */
    readonly kind: Kind,
    kindSays: ProblemKind,
    message: string,
    details: ProblemDetails = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.#kindSays = kindSays;
    this.#details = details;
  }

  get status(): number {
    return this.#kindSays.status;
  }

  get title(): string {
    return this.#kindSays.title;
  }

  /** What happened this time, in words for the caller. */
  get detail(): string {
    return this.#details.detail ?? this.message;
  }

  get hint(): string | undefined {
    return this.#details.hint ?? this.#kindSays.hint;
  }

  /** Seconds. */
  get retryAfter(): number | undefined {
    return this.#details.retryAfter ?? this.#kindSays.retryAfter;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#details.headers ?? {};
  }

  /** Further members of the answer's body. */
  get members(): Readonly<Record<string, Member>> {
    return this.#details.members ?? {};
  }
}

/** One thing wrong with the input. The message never quotes the value. */
export interface FieldFault {
  field: string;
  message: string;
}

export const invalidInput = { status: 422, title: "Invalid input" } as const satisfies ProblemKind;

/** What the caller gave cannot be used. Says what must be instead, and never shows a value. */
export class InvalidInput extends Problem<"ValidationError"> {
  readonly faults: readonly FieldFault[];

  /** One field: `new InvalidInput("username", "is required")`. */
  constructor(field: string, message: string);
  /** Several fields; or none, where `detail` says what is wrong with the request as a whole. */
  constructor(faults: readonly FieldFault[], detail?: string, hint?: string);
  constructor(of: string | readonly FieldFault[], text = "", hint?: string) {
    const faults = typeof of === "string" ? [{ field: of, message: text }] : of;
    const detail = faults.map(({ field, message }) => `${field} ${message}`).join("; ");
    const errors = faults.map((fault) => ({ ...fault }));
    super("ValidationError", invalidInput, detail || text, {
      hint,
      ...(errors.length > 0 ? { members: { errors } } : {}),
    });
    this.faults = faults;
  }
}
