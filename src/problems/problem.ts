/*
 * Errors that know the HTTP answer they become. This file imports nothing, so every layer can throw
 * them, and so can the Instagram client when it is used alone.
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

/** What all errors of one kind have in common; OpenAPI documents them from this. */
export interface KindDescription {
  /** HTTP status. */
  status: number;
  title: string;
  /** What the caller can do about it. */
  hint?: string;
  /** Seconds to wait before trying again. */
  retryAfter?: number;
  /**
   * The same request may succeed later: by waiting, or once something is mended. Such an answer is
   * not kept for the retries of an Idempotency-Key.
   */
  retryable?: boolean;
  /** Further members of the body, as the OpenAPI example shows them. */
  exampleMembers?: Members;
}

/** Further headers of the answer. Retry-After comes from `retryAfter` instead. */
type AnswerHeaders = Readonly<Partial<Record<"Allow" | "Connection" | "Content-Range", string>>>;

/** What one error adds to its kind or says instead. */
export interface ProblemDetails {
  /** HTTP status where it is not the kind's. */
  status?: number | undefined;
  title?: string | undefined;
  /** Text for the caller, where `message` is meant for the operator. */
  detail?: string;
  hint?: string | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  headers?: AnswerHeaders;
  /** Further members of the answer's body. */
  members?: Members;
  /** What failed may have been done all the same, such as a write whose answer was lost. */
  mayBeDone?: boolean;
  cause?: unknown;
}

/**
 * An error that knows the answer it becomes: whoever throws it supplies everything the answer says.
 * Anything else that is thrown is a bug of the program.
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
    return this.#details.status ?? this.#description.status;
  }

  get title(): string {
    return this.#details.title ?? this.#description.title;
  }

  /** Whether what failed may have been done all the same. */
  get mayBeDone(): boolean {
    return this.#details.mayBeDone ?? false;
  }

  /** What happened, in words for the caller. */
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

/** Input of the caller that cannot be used. Says what is expected, and never quotes the value. */
export class InvalidInput extends Problem<"ValidationError"> {
  readonly faults: readonly FieldFault[];

  /** One field: `new InvalidInput("username", "is required")`. */
  constructor(field: string, message: string);
  /** Several fields, or none if `detail` says what is wrong with the whole request. */
  constructor(faults: readonly FieldFault[], detail?: string, hint?: string);
  constructor(at: string | readonly FieldFault[], text = "", hint?: string) {
    const faults = typeof at === "string" ? [{ field: at, message: text }] : at;
    const detail = faults.map(({ field, message }) => `${field} ${message}`).join("; ");
    const errors = faults.map((fault) => ({ ...fault }));
    super("ValidationError", invalidInput, detail || text, {
      hint,
      ...(errors.length > 0 ? { members: { errors } } : {}),
    });
    this.faults = faults;
  }
}
