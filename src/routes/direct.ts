import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { Dict, operation } from "../http/operation.ts";
import { numericId } from "../instagram/ids.ts";
import { DirectThreadPageSchema, DirectThreadSchema } from "../instagram/models/direct-thread.ts";
import { UserShort } from "../instagram/models/user-short.ts";
import {
  getDirectInbox,
  getDirectPending,
  getDirectPresence,
  getDirectRequests,
  getDirectSearch,
  getDirectSpam,
  getDirectThreadByParticipants,
  getDirectThreads,
  type InboxView,
} from "../instagram/operations/direct.ts";
import type { PageInput } from "../instagram/paging.ts";
import { InvalidInput } from "../problems/problem.ts";
import { onePage, ownList } from "./cursors.ts";
import { amount, amountOf, cursor, Query, searchText, UserPk } from "./parameters.ts";

const TAG = "Direct";
const USUAL_AMOUNT = 20;

const inboxView = {
  selected_filter: Type.Optional(
    Type.Union([Type.Literal(""), Type.Literal("flagged"), Type.Literal("unread")], {
      default: "",
      description: "Only flagged or only unread threads.",
    }),
  ),
  box: Type.Optional(
    Type.Union([Type.Literal(""), Type.Literal("general"), Type.Literal("primary")], {
      default: "",
      description: "Only one of the two boxes that accounts of businesses have.",
    }),
  ),
  thread_message_limit: Type.Optional(
    Type.Integer({ description: "How many messages come with each thread; 10 unless given." }),
  ),
};

/** A page as Instagram makes it, whatever its length. */
const wholePage = (query: { cursor?: string }): PageInput => ({
  amount: Number.POSITIVE_INFINITY,
  cursor: query.cursor ?? "",
});

/** `/direct`: inboxes, the thread with certain users, whom to write to and who is active. */
export const directRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/direct/inbox",
      ({ query, session, context }) => {
        const view = inboxViewOf(query);
        return session.read(context, (client) =>
          onePage(
            ownList(client, "getDirectInbox", `${view.selectedFilter} ${view.box}`),
            wholePage(query),
            ({ cursor }) => getDirectInbox(client, view, cursor),
          ),
        );
      },
      {
        withSession: "read",
        query: fields({ ...inboxView, cursor }),
        detail: operation(TAG, "session", {
          operationId: "getDirectInbox",
          summary: "Get a page of inbox threads",
          description: "Latest activity first, each thread with its newest messages.",
          returns: DirectThreadPageSchema,
        }),
      },
    )
    .get(
      "/direct/threads",
      ({ query, session, context }) => {
        const view = inboxViewOf(query);
        const wanted = amountOf(query.amount, USUAL_AMOUNT);
        return session.read(context, (client) => getDirectThreads(client, view, wanted));
      },
      {
        withSession: "read",
        query: fields({ amount: amount(USUAL_AMOUNT), ...inboxView }),
        detail: operation(TAG, "session", {
          operationId: "getDirectThreads",
          summary: "List inbox threads",
          description: "As /direct/inbox, of several pages at once.",
          returns: Type.Array(DirectThreadSchema),
        }),
      },
    )
    .get(
      "/direct/pending",
      ({ query, session, context }) =>
        session.read(context, (client) =>
          onePage(ownList(client, "getDirectPending"), wholePage(query), ({ cursor }) =>
            getDirectPending(client, cursor),
          ),
        ),
      {
        withSession: "read",
        query: fields({ cursor }),
        detail: operation(TAG, "session", {
          operationId: "getDirectPending",
          summary: "Get a page of message requests",
          returns: DirectThreadPageSchema,
        }),
      },
    )
    .get(
      "/direct/requests",
      ({ query, session, context }) => {
        const wanted = amountOf(query.amount, USUAL_AMOUNT);
        return session.read(context, (client) => getDirectRequests(client, wanted));
      },
      {
        withSession: "read",
        query: fields({ amount: amount(USUAL_AMOUNT) }),
        detail: operation(TAG, "session", {
          operationId: "getDirectRequests",
          summary: "List message requests",
          description: "As /direct/pending, of several pages at once.",
          returns: Type.Array(DirectThreadSchema),
        }),
      },
    )
    .get(
      "/direct/spam",
      ({ query, session, context }) =>
        session.read(context, (client) =>
          onePage(ownList(client, "getDirectSpam"), wholePage(query), ({ cursor }) =>
            getDirectSpam(client, cursor),
          ),
        ),
      {
        withSession: "read",
        query: fields({ cursor }),
        detail: operation(TAG, "session", {
          operationId: "getDirectSpam",
          summary: "Get a page of hidden message requests",
          returns: DirectThreadPageSchema,
        }),
      },
    )
    .get(
      "/direct/thread/by/participants",
      ({ query, session, context }) => {
        const userIds = pksOf(query.user_ids);
        return session.read(context, (client) => getDirectThreadByParticipants(client, userIds));
      },
      {
        withSession: "read",
        query: fields({
          user_ids: Type.Array(UserPk, {
            description: "Pks of all others in the thread, one each time.",
            examples: [["25025320"]],
          }),
        }),
        detail: operation(TAG, "session", {
          operationId: "getDirectThreadByParticipants",
          summary: "Find the thread with certain users",
          description:
            "Instagram's answer with `users` as UserShort; it has no `thread` where there is none.",
          returns: Dict,
        }),
      },
    )
    .get(
      "/direct/search",
      ({ query, session, context }) => {
        const { mode = "universal" } = query;
        const text = searchText(query.query);
        return session.read(context, (client) => getDirectSearch(client, text, mode));
      },
      {
        withSession: "read",
        query: fields({
          query: Query("insta"),
          mode: Type.Optional(
            Type.Union([Type.Literal("raven"), Type.Literal("universal")], {
              default: "universal",
              description: "For messages of all kinds, or for photos and videos to view once.",
            }),
          ),
        }),
        detail: operation(TAG, "session", {
          operationId: "getDirectSearch",
          summary: "Search for users to write to",
          returns: Type.Array(UserShort.schema),
        }),
      },
    )
    .get(
      "/direct/presence",
      ({ query, session, context }) => {
        const userIds = pksOf(query.user_ids ?? []);
        return session.read(context, (client) => getDirectPresence(client, userIds));
      },
      {
        withSession: "read",
        query: fields({
          user_ids: Type.Optional(
            Type.Array(UserPk, {
              default: [],
              description: "Whose; those of the account's contacts who are active unless given.",
            }),
          ),
        }),
        detail: operation(TAG, "session", {
          operationId: "getDirectPresence",
          summary: "Get who is active",
          description:
            "With user_ids Instagram's whole answer, without them its `user_presence`: by user pk.",
          returns: Dict,
        }),
      },
    );

interface InboxQuery {
  selected_filter?: InboxView["selectedFilter"];
  box?: InboxView["box"];
  thread_message_limit?: number;
}

function inboxViewOf({ selected_filter, box, thread_message_limit }: InboxQuery): InboxView {
  const threadMessageLimit = thread_message_limit ?? 0;
  if (threadMessageLimit < 0 || threadMessageLimit > Number.MAX_SAFE_INTEGER)
    throw new InvalidInput(
      "thread_message_limit",
      `must be from 0 (for the usual 10) to ${Number.MAX_SAFE_INTEGER}`,
    );
  return { selectedFilter: selected_filter ?? "", box: box ?? "", threadMessageLimit };
}

/** Pks that are given each as a parameter of its own, or with commas between. Throws InvalidInput. */
const pksOf = (userIds: readonly string[]): string[] =>
  userIds.flatMap((some) => some.split(",")).map((userId) => numericId(userId, "user_ids"));
