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
  /** Made up by the client for each message. */
  readonly context: string;
}

/**
 * Threads and messages of one world. Each account in a thread has it in a list of its own, as that
 * account has it: with its folder and what it has seen; the messages are the same for all of them.
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

  /** All threads of a folder of an account's, latest activity first. */
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

  /** An account's thread with exactly these others. */
  withMembers(owner: Person, others: readonly Person[]): Thread | undefined {
    const wanted = pksOf(others);
    for (const thread of this.threads.of(owner))
      if (thread.members.length === others.length && pksOf(thread.members) === wanted)
        return thread;
    return undefined;
  }

  /** A thread's messages as whoever has the thread sees them, newest first. */
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

  /** When the newest message was sent, or the thread was made, unix microseconds. */
  lastActivity(thread: Thread): number {
    const seeded = this.seed.threads.atMoment(thread, this.clock.now).lastActivity;
    if (this.messages.isAsSeeded(thread)) return seeded;
    return this.newest(thread, 1)[0]?.sentAt ?? seeded;
  }

  /** True where something came that the account has not seen. */
  isUnread(thread: Thread): boolean {
    if (thread.seenUpTo === undefined) return thread.isUnread;
    return this.lastActivity(thread) > thread.seenUpTo;
  }

  /** The thread of an account with these others: the one there is, or a new one, kept once something is sent. */
  threadWith(owner: Person, others: readonly Person[]): Thread {
    const known = this.withMembers(owner, others);
    return known ?? newThread(this.#created++, owner, others, this.clock.now);
  }

  /** Sends a message into a thread of the sender's; for a context that was used already, the one sent then. */
  send(thread: Thread, { sender, text, context }: Draft): Message {
    const key = `${sender.pk} ${thread.id} ${context}`;
    const known = this.#sent.get(key);
    if (known !== undefined) return known;
    // Room for the message and for a new thread in some lists: all is kept or nothing.
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
    // Whoever writes has read what is there, and has taken up what was only a request.
    this.threads.add(sender, thread);
    this.threads.change(sender, { ...thread, folder: "inbox", seenUpTo: sentAt });
    this.#deliver(thread);
    return message;
  }

  /** Notes that the thread's owner has seen a message, and all before it. */
  markSeen(thread: Thread, { sentAt }: Message): void {
    const seenUpTo = Math.max(sentAt, thread.seenUpTo ?? 0);
    this.threads.change(thread.owner, { ...thread, seenUpTo });
  }

  /** A new thread comes to those others who can log in, as a request where they do not follow the sender. */
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
