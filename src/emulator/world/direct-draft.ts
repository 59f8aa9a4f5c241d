import type { Message, MessageKind, SentFile, Share } from "../seed/messages.ts";
import type { Person } from "../seed/people.ts";
import type { Thread } from "../seed/threads.ts";
import { Recent } from "../store/recent.ts";

/** A message that is to be sent. */
export interface Draft {
  readonly sender: Person;
  readonly kind: MessageKind;
  /** Undefined for a message without one. */
  readonly text: string | undefined;
  readonly share: Share | undefined;
  readonly sent?: SentFile | undefined;
  /** `client_context` that the client makes up for each message. */
  readonly context: string;
}

/** A reaction of a user to a message; without an emoji, none. */
export interface OwnReaction {
  readonly sender: Person;
  readonly emoji: string | undefined;
  readonly context: string;
}

/** What is kept of a message for retries: not what it holds, which is gone when it is unsent. */
export interface Sent extends Pick<Message, "id" | "sentAt"> {
  readonly thread: Pick<Thread, "id">;
}

export const sentOf = ({ id, sentAt, thread }: Message): Sent => ({
  id,
  sentAt,
  thread: { id: thread.id },
});

/** How many of the newest `client_context`s of each kind a world knows. */
const CONTEXTS = 1_000;

/** What was written with a `client_context`: a retry is answered with it. */
export class WrittenInDirect {
  /** Messages and the targets of reactions, by keyOf(). */
  readonly inThreads = new Recent<Sent>(CONTEXTS);
  /** Messages to users, by sender and context. */
  readonly toUsers = new Recent<Sent>(CONTEXTS);
  /** Groups that were made, by owner and context. */
  readonly groups = new Recent<Pick<Thread, "id" | "v2Id">>(CONTEXTS);
}

/** What tells a retry: who writes where, and the context. */
export const keyOf = (
  { id }: Thread,
  { sender, context }: Pick<Draft, "sender" | "context">,
): string => `${sender.pk} ${id} ${context}`;
