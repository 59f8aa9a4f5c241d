/** What of a session's state can change: a setting, the login, or a cookie as `cookie <name>`. */
export type Part =
  | "mid"
  | "ig_u_rur"
  | "ig_www_claim"
  | "locale"
  | "timezone_offset"
  | "profile"
  | "login"
  | `cookie ${string}`;

const COOKIE = "cookie ";
export const cookiePart = (name: string): Part => `${COOKIE}${name}`;

/** What has changed since it was last saved, with the revision of each change. */
export class Unsaved {
  #parts: Map<Part, number> | null = null;

  get isEmpty(): boolean {
    return this.#parts === null;
  }

  has(part: Part): boolean {
    return this.#parts?.has(part) ?? false;
  }

  cookies(): string[] {
    return [...(this.#parts?.keys() ?? [])].flatMap((part) =>
      part.startsWith(COOKIE) ? [part.slice(COOKIE.length)] : [],
    );
  }

  add(part: Part, revision: number): void {
    this.#parts ??= new Map();
    this.#parts.set(part, revision);
  }

  /** Forgets what had changed by then. */
  saved(revision: number): void {
    for (const [part, changed] of this.#parts ?? [])
      if (changed <= revision) this.#parts?.delete(part);
    if (this.#parts?.size === 0) this.#parts = null;
  }

  copy(): Unsaved {
    const copy = new Unsaved();
    copy.#parts = this.#parts && new Map(this.#parts);
    return copy;
  }
}
