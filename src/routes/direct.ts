import { Type } from "@sinclair/typebox";
import { type Operation, operations, PassedThrough, withSession } from "../http/route.ts";
import type { Client } from "../instagram/client.ts";
import { DirectThread, DirectThreadPage } from "../instagram/models/direct-thread.ts";
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
import { onePage, ownView } from "./cursors.ts";
import { pksOf } from "./direct-fields.ts";
import { amount, amountOf, cursor, notBlank, Query, UserPk } from "./parameters.ts";

const { get } = operations("Direct");
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
      description: "Only one of the two boxes of a business account.",
    }),
  ),
  thread_message_limit: Type.Optional(
    Type.Integer({ description: "How many messages come with each thread; 10 unless given." }),
  ),
};

/** A page with as many items as Instagram sends. */
const wholePage = (query: { cursor?: string }): PageInput => ({
  amount: Number.POSITIVE_INFINITY,
  cursor: query.cursor ?? "",
});

/** A page of a folder of the session's account, with its cursor wrapped. */
const folderPage = (client: Client, readPage: typeof getDirectPending, page: PageInput) =>
  onePage(client, ownView(client), page, ({ cursor }) => readPage(client, cursor));

/** `/direct`: inboxes, the thread with certain users, recipients, and who is active. */
export const directRoutes: readonly Operation[] = [
  get(
    "/direct/inbox",
    {
      operationId: "getDirectInbox",
      summary: "Get a page of inbox threads",
      description: "Latest activity first, each thread with its newest messages.",
      access: withSession("read"),
      query: { ...inboxView, cursor },
      returns: DirectThreadPage.schema,
    },
    ({ query, session }) => {
      const view = inboxViewOf(query);
      return session.read((client) =>
        onePage(
          client,
          ownView(client, `${view.selectedFilter} ${view.box}`),
          wholePage(query),
          ({ cursor }) => getDirectInbox(client, view, cursor),
        ),
      );
    },
  ),
  get(
    "/direct/threads",
    {
      operationId: "getDirectThreads",
      summary: "List inbox threads",
      description: "As /direct/inbox, but several pages at once.",
      access: withSession("read"),
      query: { amount: amount(USUAL_AMOUNT), ...inboxView },
      returns: Type.Array(DirectThread.schema),
    },
    ({ query, session }) =>
      session.read(getDirectThreads, inboxViewOf(query), amountOf(query.amount, USUAL_AMOUNT)),
  ),
  get(
    "/direct/pending",
    {
      operationId: "getDirectPending",
      summary: "Get a page of message requests",
      access: withSession("read"),
      query: { cursor },
      returns: DirectThreadPage.schema,
    },
    ({ query, session }) => session.read(folderPage, getDirectPending, wholePage(query)),
  ),
  get(
    "/direct/requests",
    {
      operationId: "getDirectRequests",
      summary: "List message requests",
      description: "As /direct/pending, but several pages at once.",
      access: withSession("read"),
      query: { amount: amount(USUAL_AMOUNT) },
      returns: Type.Array(DirectThread.schema),
    },
    ({ query, session }) => session.read(getDirectRequests, amountOf(query.amount, USUAL_AMOUNT)),
  ),
  get(
    "/direct/spam",
    {
      operationId: "getDirectSpam",
      summary: "Get a page of hidden message requests",
      access: withSession("read"),
      query: { cursor },
      returns: DirectThreadPage.schema,
    },
    ({ query, session }) => session.read(folderPage, getDirectSpam, wholePage(query)),
  ),
  get(
    "/direct/thread/by/participants",
    {
      operationId: "getDirectThreadByParticipants",
      summary: "Find the thread with certain users",
      description:
        "Instagram's answer, with `users` as UserShort. It has no `thread` if there is none.",
      access: withSession("read"),
      query: {
        user_ids: Type.Array(UserPk, {
          description:
            "Pks of all other members of the thread: repeat the parameter, or separate them with commas.",
          examples: [["25025320"]],
        }),
      },
      returns: PassedThrough,
    },
    ({ query, session }) => session.read(getDirectThreadByParticipants, pksOf(query.user_ids)),
  ),
  get(
    "/direct/search",
    {
      operationId: "getDirectSearch",
      summary: "Search for users to write to",
      access: withSession("read"),
      query: {
        query: Query("insta"),
        mode: Type.Optional(
          Type.Union([Type.Literal("raven"), Type.Literal("universal")], {
            default: "universal",
            description: "For messages of all kinds, or for photos and videos to view once.",
          }),
        ),
      },
      returns: Type.Array(UserShort.schema),
    },
    ({ query, session }) => {
      const { mode = "universal" } = query;
      return session.read(getDirectSearch, notBlank(query.query), mode);
    },
  ),
  get(
    "/direct/presence",
    {
      operationId: "getDirectPresence",
      summary: "Get who is active",
      description:
        "With user_ids: Instagram's complete answer. Without: only its `user_presence`, by user pk.",
      access: withSession("read"),
      query: {
        user_ids: Type.Optional(
          Type.Array(UserPk, {
            default: [],
            description: "Pks of the users. When left out: the active contacts of the account.",
          }),
        ),
      },
      returns: PassedThrough,
    },
    ({ query, session }) => session.read(getDirectPresence, pksOf(query.user_ids ?? [])),
  ),
];

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
