/*
 * What an error must say so that a caller can be answered. Imports nothing, so that every layer, also
 * the Instagram client used alone, can throw errors of this form.
 */

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

type Members = Readonly<Record<string, Member>>;

/** What all errors of a kind say, and so what OpenAPI says of them. */
export interface KindDescription {
  /** Of the HTTP answer. */
  status: number;
  title: string;
  /** What the caller can do about it. */
  hint?: string;
  /** Seconds to wait before trying again. */
  retryAfter?: number;
  /** Further members of the body, as the documentation shows them. */
  exampleMembers?: Members;
}

/** Further headers of an answer; how long to wait has a field of its own. */
type AnswerHeaders = Readonly<Partial<Record<"Allow" | "Connection", string>>>;

/** What one error says beside or instead of its kind. */
export interface ProblemDetails {
  /** For the caller, where the message is for the operator. */
  detail?: string;
  hint?: string | undefined;
  retryAfter?: number | undefined;
  headers?: AnswerHeaders;
  /** Further members of the answer's body. */
  members?: Members;
  cause?: unknown;
}

/**
 * An error that knows its answer: whoever throws it says all that the answer says. What is thrown and
 * is no Problem is a fault of the program.
 */
export abstract class Problem<Kind extends string = string> extends Error {
  readonly #description: KindDescription;
  readonly #details: ProblemDetails;

  constructor(
    /** The `exc_type` of the answer. */
    readonly kind: Kind,
    description: KindDescription,
    message: string,
    details: ProblemDetails = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.name = new.target.name;
    this.#description = description;
    this.#details = details;
  }

  get status(): number {
    return this.#description.status;
  }

  get title(): string {
    return this.#description.title;
  }

  /** What happened this time, in words for the caller. */
  get detail(): string {
    return this.#details.detail ?? this.message;
  }

  get hint(): string | undefined {
    return this.#details.hint ?? this.#description.hint;
  }

  /** Seconds. */
  get retryAfter(): number | undefined {
    return this.#details.retryAfter ?? this.#description.retryAfter;
  }

  get headers(): AnswerHeaders {
    return this.#details.headers ?? {};
  }

  /** Further members of the answer's body. */
  get members(): Members {
    return this.#details.members ?? {};
  }
}

/** One thing wrong with the input. The message never quotes the value. */
export interface FieldFault {
  field: string;
  message: string;
}

export const invalidInput = {
  status: 422,
  title: "Invalid input",
  exampleMembers: {
    errors: [{ field: "amount", message: "must be a whole number from 1 to 200" }],
  },
} as const satisfies KindDescription;

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
