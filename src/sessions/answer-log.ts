import type { SessionError } from "../db/schema.ts";
import type { WatchedRequest } from "../instagram/client.ts";
import { type RefusalKind, refusalKinds } from "../instagram/error-kinds.ts";
import { UpstreamRefused, UpstreamUnreachable } from "../instagram/errors.ts";
import { type Answer, refusalIn } from "./standing.ts";

/** Only a work of very many requests has more; what it says last counts. */
const MAX_ANSWERS = 16;
const MAX_MESSAGE_LENGTH = 300;

/** What Instagram has answered to one piece of work on a session. */
export class AnswerLog {
  /** Of good ones in a row only the first. */
  readonly answers: Answer[] = [];
  #error: Omit<SessionError, "at"> | null = null;
  #isAnswered = false;

  /** The last error that says something of the session or its way to Instagram; null without one. */
  get error(): Omit<SessionError, "at"> | null {
    return this.#error;
  }

  /** Whether there is nothing but good answers, at least one. */
  get isGood(): boolean {
    return this.answers.length === 1 && this.answers[0] === "good";
  }

  /** Whether a request with the session's login was answered well. */
  get hasGood(): boolean {
    return this.answers.includes("good");
  }

  /** The same of any request, of those that log in as well. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** `hasLogin`: whether the answer has left the session its login. */
  note(error: unknown, { as = "account", elsewhere }: WatchedRequest, hasLogin: boolean): void {
    // Servers of others, and what anybody may ask, tell nothing of the session's login.
    if (elsewhere !== undefined) return;
    if (error !== null && isOfSession(error)) this.#error = errorIn(error);
    this.#isAnswered ||= error === null;
    if (as !== "account") return;
    if (error === null) this.#add("good");
    else if (error instanceof UpstreamRefused) {
      const refusal = refusalIn(error, hasLogin);
      this.#add(isAboutThing(refusal.kind) ? "accepted" : refusal);
    }
  }

  #add(answer: Answer): void {
    if (typeof answer === "string" && this.answers.at(-1) === answer) return;
    this.answers.push(answer);
    if (this.answers.length > MAX_ANSWERS) this.answers.shift();
  }
}

/** Refusals that concern what was asked for, besides those of a missing or unusable thing. */
const OF_THING: ReadonlySet<RefusalKind> = new Set<RefusalKind>([
  "PrivateAccount",
  "UserError",
  "MediaError",
  "CommentsDisabled",
  "HashtagPageWarning",
  "DirectMessageRequestsDisabled",
]);

/** Whether a refusal says no about what was asked for: who is told that is logged in. */
function isAboutThing(kind: RefusalKind): boolean {
  const { status } = refusalKinds[kind];
  return OF_THING.has(kind) || (status === 404 && kind !== "ClientNotFoundError") || status === 422;
}

const isOfSession = (error: unknown): error is UpstreamRefused | UpstreamUnreachable =>
  error instanceof UpstreamUnreachable ||
  (error instanceof UpstreamRefused && !isAboutThing(error.kind));

const errorIn = ({ kind, message }: UpstreamRefused | UpstreamUnreachable) => ({
  kind,
  message: message.slice(0, MAX_MESSAGE_LENGTH),
});
