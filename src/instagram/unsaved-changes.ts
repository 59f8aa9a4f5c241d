/**
 * A part of a session's state that can change: a setting, the login, or a cookie (`cookie <name>`).
 */
export type StatePart =
  | "mid"
  | "ig_u_rur"
  | "ig_www_claim"
  | "locale"
  | "timezone_offset"
  | "profile"
  | "login"
  | `cookie ${string}`;

const OF_ANSWERS: ReadonlySet<StatePart> = new Set<StatePart>(["mid", "ig_u_rur", "ig_www_claim"]);
const COOKIE = "cookie ";
export const cookiePart = (name: string): StatePart => `${COOKIE}${name}`;

/** What has changed since the last save, with the revision of each change. */
export class UnsavedChanges {
  /** Null if nothing has changed: thousands of sessions are in memory, and most are saved. */
  #parts: Map<StatePart, number> | null = null;

  get isEmpty(): boolean {
    return this.#parts === null;
  }

  has(part: StatePart): boolean {
    return this.#parts?.has(part) ?? false;
  }

  /** Names of the changed cookies. */
  cookies(): string[] {
    return [...(this.#parts?.keys() ?? [])].flatMap((part) =>
      part.startsWith(COOKIE) ? [part.slice(COOKIE.length)] : [],
    );
  }

  add(part: StatePart, revision: number): void {
    this.#parts ??= new Map();
    this.#parts.set(part, revision);
  }

  /** Forgets all changes up to a revision. */
  markSaved(revision: number): void {
    for (const [part, changed] of this.#parts ?? [])
      if (changed <= revision) this.#parts?.delete(part);
    if (this.#parts?.size === 0) this.#parts = null;
  }

  /** Forgets what answers have set, apart from a login and the cookies that belong to it. */
  dropAnswers(): void {
    const hasLogin = this.has("login");
    for (const part of this.#parts?.keys() ?? [])
      if (OF_ANSWERS.has(part) || (part.startsWith(COOKIE) && !hasLogin)) this.#parts?.delete(part);
    if (this.#parts?.size === 0) this.#parts = null;
  }

  copy(): UnsavedChanges {
    const copy = new UnsavedChanges();
    copy.#parts = this.#parts && new Map(this.#parts);
    return copy;
  }
}
