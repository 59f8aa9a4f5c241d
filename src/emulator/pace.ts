import { refuse, WAIT_A_FEW_MINUTES } from "./answer.ts";
import type { Exchange } from "./router.ts";
import { BLOCKED_TARGETS, HURRIED_TARGETS } from "./seed/fixtures.ts";
import { Recent } from "./store/recent.ts";

/** Kinds of actions that Instagram counts apart. */
export type ActionKind = "message" | "like" | "comment" | "follow" | "other";

/** How many actions of a kind an account may do in one minute. Instagram allows far fewer. */
export const MOST_IN_A_MINUTE: Readonly<Record<ActionKind, number>> = {
  message: 600,
  like: 300,
  comment: 120,
  follow: 120,
  other: 300,
};

/** Kinds that Instagram blocks for a while; for the others it asks to wait. */
const BLOCKED: ReadonlySet<ActionKind> = new Set(["like", "comment", "follow"]);

const MINUTE = 60_000;

/** How many actions an account has done in the minute that began with the first of them. */
interface Minute {
  /** Unix milliseconds. */
  readonly since: number;
  count: number;
}

/** Counts the actions of each account of one world. */
export class Pace {
  /** By account and kind. */
  readonly #minutes = new Recent<Minute>();

  /**
   * Counts one action. Throws a Refusal where the account has done too many in this minute, and for
   * the targets that always refuse.
   */
  note(kind: ActionKind, exchange: Exchange): void {
    if (isAbout(exchange, BLOCKED_TARGETS)) throw feedbackRequired(kind);
    if (isAbout(exchange, HURRIED_TARGETS)) throw waitFewMinutes();
    const { viewer, now } = exchange;
    const key = `${viewer.pk} ${kind}`;
    const known = this.#minutes.get(key);
    const minute =
      known !== undefined && now - known.since < MINUTE ? known : { since: now, count: 0 };
    if (minute.count >= MOST_IN_A_MINUTE[kind])
      throw BLOCKED.has(kind) ? feedbackRequired(kind) : waitFewMinutes();
    minute.count++;
    if (minute !== known) this.#minutes.set(key, minute);
  }
}

/** True where the path or a field of a request holds the id of one of the targets. */
function isAbout(
  { request, fields, world }: Exchange,
  { pk, post }: { readonly pk: number; readonly post: number },
): boolean {
  const { people, posts } = world.seed;
  const ids = [String(pk), String(posts.of(people.instagram, post).pk)];
  return [request.url, ...Object.values(fields)].some((given) => {
    // Lists hold ids; other objects cannot all be made texts.
    const text = typeof given === "object" ? JSON.stringify(given) : String(given);
    return ids.some((id) => text.includes(id));
  });
}

const waitFewMinutes = () => refuse(429, WAIT_A_FEW_MINUTES);

/** 400: Instagram has blocked actions of this kind for the account. */
const feedbackRequired = (kind: ActionKind) =>
  refuse(400, "feedback_required", undefined, {
    spam: true,
    feedback_title: "Try Again Later",
    feedback_message:
      "We limit how often you can do certain things on Instagram to protect our community. " +
      "Tell us if you think we made a mistake.",
    feedback_url: `repute/report_problem/instagram_${kind}_add/`,
    feedback_appeal_label: "Tell us",
    feedback_ignore_label: "OK",
    feedback_action: "report_problem",
  });
