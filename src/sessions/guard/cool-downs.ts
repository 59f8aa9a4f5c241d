import type { Block } from "../../db/schema.ts";
import type { Action } from "../../instagram/action-kinds.ts";
import type { WatchedRequest } from "../../instagram/client.ts";
import { type RefusalKind, refusalKinds } from "../../instagram/error-kinds.ts";
import { UpstreamRefused } from "../../instagram/errors.ts";
import { DAY_MS } from "./account-day.ts";
import { upstreamExpiry } from "./upstream-expiry.ts";

/** Instagram has asked to slow down. */
export interface Throttle {
  action: Block["action"];
  /** The exc_type. */
  reason: keyof typeof RULES;
  /** Until when it says itself that this lasts; null where it does not say. */
  until: number | null;
}

/** How long actions wait after a throttle, in milliseconds: twice as long each time. */
interface Rule {
  first: number;
  most: number;
  /** After each such time without another throttle, one of them is forgotten. */
  forget: number;
}

const HOUR_MS = 3_600_000;
const RATE: Omit<Rule, "first"> = { most: 2 * HOUR_MS, forget: 6 * HOUR_MS };

/**
 * A block of an action is a judgement about the account: Instagram lifts it after hours or a day, and
 * each further try makes it longer. A rate is forgotten within minutes. The first wait is what the
 * throttled answer itself says where Instagram does not.
 */
const RULES = {
  FeedbackRequired: {
    first: refusalKinds.FeedbackRequired.retryAfter * 1_000,
    most: DAY_MS,
    forget: DAY_MS,
  },
  PleaseWaitFewMinutes: { first: refusalKinds.PleaseWaitFewMinutes.retryAfter * 1_000, ...RATE },
  RateLimitError: { first: refusalKinds.RateLimitError.retryAfter * 1_000, ...RATE },
} as const satisfies Partial<Record<RefusalKind, Rule>>;

const isThrottle = (kind: RefusalKind): kind is keyof typeof RULES => Object.hasOwn(RULES, kind);

/** A block that ends later than this was stored when the clock was wrong. */
const LONGEST_MS = 32 * DAY_MS;

/**
 * The throttle that an answer means for the session; null for any other answer. What a browser without
 * the session's login is told does not concern the account, and a rate limit's page that is not JSON
 * concerns the address, unless it says how long to wait.
 */
export function throttleOf(
  error: unknown,
  request: WatchedRequest,
  { action, now, timezoneOffset }: { action: Action; now: number; timezoneOffset: number },
): Throttle | null {
  if (!(error instanceof UpstreamRefused) || !isThrottle(error.kind)) return null;
  if (isAnonymous(request)) return null;
  const { kind: reason, context } = error;
  const until = upstreamExpiry(error, { now, timezoneOffset });
  if (reason !== "FeedbackRequired") {
    const isPage = Object.keys(context.body).length === 0;
    return isPage && until === null ? null : { action: "all", reason, until };
  }
  // "… has turned off comments for this post" comes as feedback, too.
  if (context.body.comments_disabled === true) return null;
  return { action: request.effect === "read" ? "read" : action, reason, until };
}

const LOGIN_HEADER = /^(?:cookie|authorization)$/i;

/** Whether a request poses as a browser that has not logged in. */
const isAnonymous = ({ as }: WatchedRequest): boolean =>
  typeof as === "object" && !Object.keys(as.browser).some((name) => LOGIN_HEADER.test(name));

/**
 * A session's blocks after a throttle; null where nothing changes. A throttle while its block holds
 * is an answer to the same haste (several requests are on their way at once), so it makes the block
 * no longer, unless Instagram itself says so.
 */
export function afterThrottle(
  blocks: readonly Block[] | null,
  { action, reason, until: told }: Throttle,
  now: number,
): Block[] | null {
  const others = (blocks ?? []).filter(
    (block) => block.action !== action && (isHeld(block, now) || strikesOf(block, now) > 0),
  );
  const before = blocks?.find((block) => block.action === action);
  if (before && isHeld(before, now)) {
    const until = Math.max(before.until, told ?? 0);
    return until === before.until ? null : [...others, { ...before, until, reason }];
  }
  const strikes = (before ? strikesOf(before, now) : 0) + 1;
  const { first, most } = RULES[reason];
  const own = now + Math.min(first * 2 ** (strikes - 1), most);
  // Instagram's word is taken once. Who is throttled again right after it has waited too short.
  const until = told === null ? own : strikes === 1 ? told : Math.max(told, own);
  return [...others, { action, since: now, until, reason, strikes }];
}

/** Both lists in one: of the blocks of one action, that which ends last. Null where `more` adds nothing. */
export function mergedBlocks(
  blocks: readonly Block[] | null,
  more: readonly Block[],
): Block[] | null {
  const merged = new Map((blocks ?? []).map((block) => [block.action, block]));
  let isChanged = false;
  for (const block of more) {
    if (block.until <= (merged.get(block.action)?.until ?? 0)) continue;
    merged.set(block.action, block);
    isChanged = true;
  }
  return isChanged ? [...merged.values()] : null;
}

/** When the last of these blocks ends; null without any. */
export const blockedUntil = (blocks: readonly Block[] | null): number | null =>
  blocks === null || blocks.length === 0 ? null : Math.max(...blocks.map(({ until }) => until));

/** The block that an action has to wait for longest; null if it has to wait for none. */
export function blockOf(
  blocks: readonly Block[] | null,
  action: Action,
  now: number,
): Block | null {
  if (blocks === null) return null;
  let found: Block | null = null;
  for (const block of blocks)
    if (
      (block.action === "all" || block.action === action) &&
      isHeld(block, now) &&
      block.until > (found?.until ?? 0)
    )
      found = block;
  return found;
}

const isHeld = ({ until }: Block, now: number): boolean => until > now && until <= now + LONGEST_MS;

/** How many throttles in a row still count. */
function strikesOf({ until, strikes, reason }: Block, now: number): number {
  const forget = isThrottle(reason as RefusalKind)
    ? RULES[reason as keyof typeof RULES].forget
    : DAY_MS;
  return Math.max(0, strikes - Math.floor(Math.max(0, now - until) / forget));
}
