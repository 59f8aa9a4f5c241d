import { reactionsOf } from "../message-content.ts";
import { type Message, messagesSeed, writtenMessageId } from "../seed/messages.ts";
import type { Person } from "../seed/people.ts";
import type { Seed } from "../seed/seed.ts";
import { type Folder, newThread, type Thread } from "../seed/threads.ts";
import type { Budget } from "../store/budget.ts";
import { seedOf } from "../store/kinds.ts";
import { BEGINNING, type List } from "../store/list.ts";
import { Lists } from "../store/lists.ts";
import type { Clock } from "./clock.ts";
import {
  type Draft,
  keyOf,
  type OwnReaction,
  type Sent,
  sentOf,
  WrittenInDirect,
} from "./direct-draft.ts";
import type { Friendships } from "./friendships.ts";

/** Estimated bytes of a message without its text, and of an account's copy of a thread. */
const MESSAGE = 1_000;
const COPY = 1_000;

/**
 * Threads and messages of one world. Every account in a thread has its own copy of the thread, with the
 * folder and what the account has seen. The messages are the same for all accounts in a thread.
 */
export class Direct {
  readonly threads: Lists<Person, Thread>;
  readonly messages: Lists<Thread, Message>;
  readonly #written = new WrittenInDirect();
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
        sizeOf: ({ members, name = "" }) => 500 + 10 * members.length + 2 * name.length,
        current: (thread) => this.#withProfiles(thread),
      },
      budget,
    );
    this.messages = new Lists(
      {
        ownerKey: ({ id }) => id,
        keyOf: ({ id }) => id,
        seed: (thread) => messagesSeed(seed.threads.atMoment(thread, clock.now)),
        grows: "head",
        sizeOf: ({ reactions, ...message }) =>
          400 +
          sizeOfContent({ ...message, text: message.written }) +
          100 * (reactions?.length ?? 0),
        current: (message) => this.#withSender(message),
      },
      budget,
    );
  }

  /** All threads in a folder of an account, latest activity first. */
  inFolder(owner: Person, folder: Folder): Thread[] {
    return [...this.threads.of(owner)]
      .filter((thread) => thread.folder === folder)
      .map((thread) => ({ thread, activity: this.lastActivity(thread) }))
      .filter(({ thread, activity }) => activity > (thread.hiddenUpTo ?? 0))
      .sort((one, other) => other.activity - one.activity)
      .map(({ thread }) => thread);
  }

  countIn(owner: Person, folder: Folder): number {
    let count = 0;
    for (const thread of this.threads.of(owner))
      if (thread.folder === folder && !this.#isHidden(thread)) count++;
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
    if (thread.isMarkedUnread) return true;
    if (thread.seenUpTo === undefined) return thread.isUnread;
    return this.lastActivity(thread) > thread.seenUpTo;
  }

  /** An account's thread with these other users, or a new one, which is kept when a message is sent. */
  threadWith(owner: Person, others: readonly Person[]): Thread {
    const known = this.withMembers(owner, others);
    return known ?? newThread(this.#created++, owner, others, this.clock.now);
  }

  /**
   * Makes a group. When its owner has used the context before, returns the group made then. Throws a
   * Refusal when the world is full.
   */
  createGroup(
    owner: Person,
    others: readonly Person[],
    { name, context }: { readonly name: string; readonly context: string | undefined },
  ): Pick<Thread, "id" | "v2Id"> {
    const key = `${owner.pk} ${context}`;
    const known = context === undefined ? undefined : this.#written.groups.get(key);
    if (known !== undefined) return known;
    const made = newThread(this.#created, owner, others, this.clock.now);
    const thread = { ...made, isGroup: true, name: name === "" ? undefined : name };
    this.threads.budget.check(this.#sizeOfCopies(thread));
    this.#created++;
    if (context !== undefined) this.#written.groups.set(key, { id: thread.id, v2Id: thread.v2Id });
    this.threads.add(owner, thread);
    this.#deliver(thread);
    return thread;
  }

  /** A thread with its members as they are now. */
  #withProfiles(thread: Thread): Thread {
    const { people } = this.friendships;
    if (people.isUntouched) return thread;
    const members = thread.members.map((person) => people.current(person));
    return { ...thread, owner: people.current(thread.owner), members };
  }

  /** A message with its sender as they are now. */
  #withSender(message: Message): Message {
    const { people } = this.friendships;
    return people.isUntouched ? message : { ...message, sender: people.current(message.sender) };
  }

  /**
   * Sends a message in threads of the sender: in all or in none. Where the sender has used the context
   * in a thread before, returns the message sent then. Throws a Refusal when the world is full.
   */
  send(threads: readonly Thread[], draft: Draft): Sent[] {
    this.#checkRoom(threads, draft);
    return threads.map((thread) => this.#sendTo(thread, draft));
  }

  /**
   * As send(), in the sender's thread with some users, which is made where there is none. A context is
   * known here whoever the users are: the sender may have another thread with them by now.
   */
  sendToUsers(others: readonly Person[], draft: Draft): Sent {
    const key = `${draft.sender.pk} ${draft.context}`;
    const known = this.#written.toUsers.get(key);
    if (known !== undefined) return known;
    const thread = this.threadWith(draft.sender, others);
    this.#checkRoom([thread], draft);
    const message = this.#sendTo(thread, draft);
    this.#written.toUsers.set(key, message);
    return message;
  }

  /**
   * The message that a user has sent with a context before, in a thread or, without one, to users;
   * undefined where there is none.
   */
  sentBefore(sender: Person, context: string, thread?: Thread): Sent | undefined {
    return thread === undefined
      ? this.#written.toUsers.get(`${sender.pk} ${context}`)
      : this.#written.inThreads.get(keyOf(thread, { sender, context }));
  }

  /** Throws a Refusal where the world has no room for a message in all threads that lack it. */
  #checkRoom(threads: readonly Thread[], draft: Draft): void {
    const message = MESSAGE + sizeOfContent(draft);
    let size = 0;
    for (const thread of threads)
      if (this.#written.inThreads.get(keyOf(thread, draft)) === undefined)
        size += message + this.#sizeOfCopies(thread);
    if (size > 0) this.threads.budget.check(size);
  }

  /** How many bytes the copies of a thread take at the most: of its owner and of the others in it. */
  #sizeOfCopies({ members, name = "" }: Thread): number {
    const copies = 1 + members.filter((person) => this.#isNamed(person)).length;
    return copies * (COPY + 10 * members.length + 2 * name.length);
  }

  #sendTo(thread: Thread, draft: Draft): Sent {
    const { sender, kind, text, share, sent: file, context } = draft;
    const key = keyOf(thread, draft);
    const known = this.#written.inThreads.get(key);
    if (known !== undefined) return known;
    this.#lastSentAt = Math.max(this.#lastSentAt + 1, this.clock.now * 1_000);
    const sentAt = this.#lastSentAt;
    const message: Message = {
      thread,
      position: -1,
      id: writtenMessageId(sentAt),
      kind,
      sentAt,
      sender,
      written: text,
      context,
      share,
      sent: file,
      reactions: undefined,
      hash: 0,
    };
    this.messages.add(thread, message, -sentAt);
    const sent = sentOf(message);
    this.#written.inThreads.set(key, sent);
    // The sender has read the messages before and has accepted a thread that was a request.
    this.threads.add(sender, thread);
    this.#see({ ...thread, folder: "inbox" }, sentAt);
    this.#deliver(thread);
    return sent;
  }

  /** Marks a message, and all before it, as seen by the thread's owner. */
  markSeen(thread: Thread, { sentAt }: Message): void {
    this.#see(thread, Math.max(sentAt, thread.seenUpTo ?? 0));
  }

  #see(thread: Thread, seenUpTo: number): void {
    this.threads.change(thread.owner, { ...thread, seenUpTo, isMarkedUnread: false });
  }

  /** Changes an account's copy of a thread. Throws a Refusal when the world is full. */
  change(thread: Thread, changes: Partial<Thread>): void {
    this.threads.change(thread.owner, { ...thread, ...changes });
  }

  /** Hides a thread from its owner until a new message comes. */
  hide(thread: Thread): void {
    this.change(thread, { hiddenUpTo: this.lastActivity(thread), isMarkedUnread: false });
  }

  /** Names a group for everybody in it. */
  rename(thread: Thread, name: string): void {
    this.threads.budget.check(this.#sizeOfCopies({ ...thread, name }));
    for (const copy of this.#copiesOf(thread)) this.change(copy, { name });
  }

  /** Adds users to a group; those who are in it already stay. */
  addMembers(thread: Thread, others: readonly Person[]): void {
    const isIn = new Set([thread.owner, ...thread.members].map(({ pk }) => pk));
    const joining = others.filter(({ pk }) => !isIn.has(pk));
    const joined = { ...thread, members: [...thread.members, ...joining] };
    this.threads.budget.check(this.#sizeOfCopies(joined));
    for (const copy of this.#copiesOf(thread)) {
      const left = copy.left.filter(({ pk }) => !joining.some((person) => person.pk === pk));
      this.change(copy, { members: [...copy.members, ...joining], left });
    }
    this.#deliver(joined);
  }

  /**
   * Sets the only reaction of a user to a message, or takes it away. A context that the user has used
   * in the thread before changes nothing.
   */
  react(thread: Thread, message: Message, reaction: OwnReaction): void {
    const { sender, emoji, context } = reaction;
    const key = keyOf(thread, reaction);
    if (this.#written.inThreads.get(key) !== undefined) return;
    const known = reactionsOf(message);
    const old = known.find((one) => one.sender.pk === sender.pk);
    if (old?.emoji !== emoji) {
      const others = known.filter((one) => one !== old);
      const sentAt = this.clock.now * 1_000;
      const own = emoji === undefined ? [] : [{ sender, emoji, sentAt, context }];
      this.messages.change(thread, { ...message, reactions: [...others, ...own] });
    }
    this.#written.inThreads.set(key, sentOf(message));
  }

  /** A named account's copy of a thread that was made in this world; undefined where it has none. */
  copyOf(thread: Thread, person: Person): Thread | undefined {
    return this.#isNamed(person) ? this.threads.of(person).get(thread) : undefined;
  }

  /** A thread as its owner and each named account in it has it. */
  #copiesOf(thread: Thread): Thread[] {
    const others = thread.number < 0 ? thread.members : [];
    return [thread, ...others.flatMap((person) => this.copyOf(thread, person) ?? [])];
  }

  #isHidden(thread: Thread): boolean {
    return thread.hiddenUpTo !== undefined && this.lastActivity(thread) <= thread.hiddenUpTo;
  }

  #isNamed({ pk }: Person): boolean {
    return this.seed.people.named.some((person) => person.pk === pk);
  }

  /** Gives named accounts in a new thread their copy; as a request where they do not follow the sender. */
  #deliver({ owner, members, ...thread }: Thread): void {
    for (const member of members) {
      if (thread.number >= 0 || !this.#isNamed(member)) continue;
      this.threads.add(member, {
        ...thread,
        owner: member,
        members: [owner, ...members.filter(({ pk }) => pk !== member.pk)],
        folder: this.friendships.follows.has(member, owner) ? "inbox" : "pending",
        isMuted: false,
        areCallsMuted: false,
        isMarkedUnread: false,
        hiddenUpTo: undefined,
        isUnread: true,
        seenUpTo: undefined,
      });
    }
  }
}

/** Estimated bytes of what a message holds. */
const sizeOfContent = ({
  text = "",
  share,
  sent,
}: Pick<Draft, "text" | "share" | "sent">): number =>
  2 * (text.length + (share?.link?.length ?? 0)) +
  (sent === undefined ? 0 : 500 + 8 * (sent.waveform?.length ?? 0));

const pksOf = (persons: readonly Person[]): string =>
  persons
    .map(({ pk }) => pk)
    .sort((a, b) => a - b)
    .join(",");
