import { type Message, messagesSeed, writtenMessageId } from "../seed/messages.ts";
import type { Person } from "../seed/people.ts";
import type { Seed } from "../seed/seed.ts";
import { type Folder, newThread, type Thread } from "../seed/threads.ts";
import type { Budget } from "../store/budget.ts";
import { seedOf } from "../store/kinds.ts";
import { BEGINNING, type List } from "../store/list.ts";
import { Lists } from "../store/lists.ts";
import { Recent } from "../store/recent.ts";
import type { Clock } from "./clock.ts";
import type { Friendships } from "./friendships.ts";

/** A message that is to be sent. */
interface Draft {
  readonly sender: Person;
  readonly text: string;
  /** `client_context` that the client makes up for each message. */
  readonly context: string;
}

/**
 * Threads and messages of one world. Every account in a thread has its own copy of the thread, with the
 * folder and what the account has seen. The messages are the same for all accounts in a thread.
 */
export class Direct {
  readonly threads: Lists<Person, Thread>;
  readonly messages: Lists<Thread, Message>;
  readonly #sent = new Recent<Message>();
  #created = 0;
  #lastSentAt = 0;

  constructor(
    readonly seed: Seed,
    readonly clock: Clock,
    readonly friendships: Friendships,
    budget: Budget,
  ) {
    this.threads = new Lists(
      {
        ownerKey: ({ pk }) => pk,
        keyOf: ({ id }) => id,
        seed: (owner) => seedOf([...seed.threads.everywhere(owner, clock.now)], ({ id }) => id),
        grows: "head",
        sizeOf: ({ members }) => 500 + 10 * members.length,
      },
      budget,
    );
    this.messages = new Lists(
      {
        ownerKey: ({ id }) => id,
        keyOf: ({ id }) => id,
        seed: (thread) => messagesSeed(seed.threads.atMoment(thread, clock.now)),
        grows: "head",
        sizeOf: ({ written }) => 400 + 2 * (written?.length ?? 0),
      },
      budget,
    );
  }

  /** All threads in a folder of an account, latest activity first. */
  inFolder(owner: Person, folder: Folder): Thread[] {
    return [...this.threads.of(owner)]
      .filter((thread) => thread.folder === folder)
      .map((thread) => ({ thread, activity: this.lastActivity(thread) }))
      .sort((one, other) => other.activity - one.activity)
      .map(({ thread }) => thread);
  }

  countIn(owner: Person, folder: Folder): number {
    let count = 0;
    for (const thread of this.threads.of(owner)) if (thread.folder === folder) count++;
    return count;
  }

  /** An account's thread by either of its ids; undefined where it has none with that id. */
  byId(owner: Person, text: string): Thread | undefined {
    const { threads } = this;
    const seeded = this.seed.threads.byId(owner, text, this.clock.now);
    if (seeded !== undefined) return threads.of(owner).get(seeded);
    for (const thread of threads.of(owner))
      if (String(thread.id) === text || String(thread.v2Id) === text) return thread;
    return undefined;
  }

  /** An account's thread with exactly these other users. */
  withMembers(owner: Person, others: readonly Person[]): Thread | undefined {
    const wanted = pksOf(others);
    for (const thread of this.threads.of(owner))
      if (thread.members.length === others.length && pksOf(thread.members) === wanted)
        return thread;
    return undefined;
  }

  /** A thread's messages as its owner sees them, newest first. */
  messagesIn(thread: Thread): List<Message> {
    const list = this.messages.of(thread);
    return {
      *from(place) {
        for (const [at, message] of list.from(place))
          yield [at, message.position < 0 ? { ...message, thread } : message];
      },
    };
  }

  /** The newest messages of a thread, `count` at most. */
  newest(thread: Thread, count: number): Message[] {
    const found: Message[] = [];
    for (const [, message] of this.messagesIn(thread).from(BEGINNING)) {
      if (found.length === count) break;
      found.push(message);
    }
    return found;
  }

  /** The message with an id, undefined where the thread has none. */
  messageById(thread: Thread, text: string): Message | undefined {
    if (!/^\d{1,39}$/.test(text)) return undefined;
    const sentAt = Number(BigInt(text) >> 64n);
    for (const [, message] of this.messagesIn(thread).from(-sentAt - 1)) {
      if (String(message.id) === text) return message;
      if (message.sentAt < sentAt) return undefined;
    }
    return undefined;
  }

  /** Time of the newest message, or at which the thread was made, unix microseconds. */
  lastActivity(thread: Thread): number {
    const seeded = this.seed.threads.atMoment(thread, this.clock.now).lastActivity;
    if (this.messages.isAsSeeded(thread)) return seeded;
    return this.newest(thread, 1)[0]?.sentAt ?? seeded;
  }

  /** True where there is a message that the thread's owner has not seen. */
  isUnread(thread: Thread): boolean {
    if (thread.seenUpTo === undefined) return thread.isUnread;
    return this.lastActivity(thread) > thread.seenUpTo;
  }

  /** An account's thread with these other users, or a new one, which is kept when a message is sent. */
  threadWith(owner: Person, others: readonly Person[]): Thread {
    const known = this.withMembers(owner, others);
    return known ?? newThread(this.#created++, owner, others, this.clock.now);
  }

  /**
   * Sends a message in a thread of the sender. When the sender has used the context in it before,
   * returns the message sent then. Throws a Refusal when the world is full.
   */
  send(thread: Thread, { sender, text, context }: Draft): Message {
    const key = `${sender.pk} ${thread.id} ${context}`;
    const known = this.#sent.get(key);
    if (known !== undefined) return known;
    // Checked first: the message and the thread's copies are kept, or nothing.
    this.threads.budget.check(4_000 + 40 * thread.members.length + 2 * text.length);
    this.#lastSentAt = Math.max(this.#lastSentAt + 1, this.clock.now * 1_000);
    const sentAt = this.#lastSentAt;
    const message: Message = {
      thread,
      position: -1,
      id: writtenMessageId(sentAt),
      kind: "text",
      sentAt,
      sender,
      written: text,
      context,
      hash: 0,
    };
    this.messages.add(thread, message, -sentAt);
    this.#sent.set(key, message);
    // The sender has read the messages before and has accepted a thread that was a request.
    this.threads.add(sender, thread);
    this.threads.change(sender, { ...thread, folder: "inbox", seenUpTo: sentAt });
    this.#deliver(thread);
    return message;
  }

  /** Marks a message, and all before it, as seen by the thread's owner. */
  markSeen(thread: Thread, { sentAt }: Message): void {
    const seenUpTo = Math.max(sentAt, thread.seenUpTo ?? 0);
    this.threads.change(thread.owner, { ...thread, seenUpTo });
  }

  /** Gives named accounts in a new thread their copy; as a request where they do not follow the sender. */
  #deliver({ owner, members, ...thread }: Thread): void {
    for (const member of members) {
      if (thread.number >= 0 || !this.seed.people.named.some(({ pk }) => pk === member.pk))
        continue;
      this.threads.add(member, {
        ...thread,
        owner: member,
        members: [owner, ...members.filter(({ pk }) => pk !== member.pk)],
        folder: this.friendships.follows.has(member, owner) ? "inbox" : "pending",
        isUnread: true,
        seenUpTo: undefined,
      });
    }
  }
}

const pksOf = (persons: readonly Person[]): string =>
  persons
    .map(({ pk }) => pk)
    .sort((a, b) => a - b)
    .join(",");
