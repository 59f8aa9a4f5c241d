import type { Request, Row } from "./row.ts";

const THREAD = "340282366841710300949128137443944319108";
const MESSAGE = "31111111111111111111111111111111111";

const thread = (id: string) => ({ thread_id: id, thread_v2_id: "17840000000000001", items: [] });
const inbox = (cursor: string | null, ...ids: string[]) => ({
  inbox: { threads: ids.map(thread), oldest_cursor: cursor },
  status: "ok",
});
const messages = (cursor: string, ...ids: string[]) => ({
  thread: { ...thread(THREAD), items: ids.map((id) => ({ item_id: id })), oldest_cursor: cursor },
  status: "ok",
});

const INBOX = "GET /api/v1/direct_v2/inbox/?visual_message_return_type=unseen";
const REST = "persistentBadging=true&limit=20&is_prefetching=false";
const OLDER = "direction=older&fetch_reason=page_scroll";
const PENDING =
  "GET /api/v1/direct_v2/pending_inbox/?visual_message_return_type=unseen&persistentBadging=true&is_prefetching=false&request_session_id=<session.request_id>";
const SPAM =
  "GET /api/v1/direct_v2/spam_inbox/?visual_message_return_type=unseen&persistentBadging=true&is_prefetching=false";
const ONE = `GET /api/v1/direct_v2/threads/${THREAD}/?visual_message_return_type=unseen&direction=older&seq_id=40065&limit=20`;
const MEDIA = `GET /api/v1/direct_v2/threads/${THREAD}/media/?limit=20&media_type=photos_and_videos`;

const inboxOf = (query: string, answer: unknown, limit = "10"): Request => ({
  send: `${INBOX}&thread_message_limit=${limit}&${REST}${query}`,
  answer,
});

export const directRows: Row[] = [
  {
    operation: "getDirectInbox",
    call: "GET /direct/inbox",
    requests: [inboxOf("", inbox("QVFCinbox", THREAD))],
  },
  {
    operation: "getDirectInbox",
    call: "GET /direct/inbox?selected_filter=unread&box=general&thread_message_limit=3&cursor=QVFCinbox",
    requests: [
      inboxOf(
        `&selected_filter=unread&folder=1&cursor=QVFCinbox&${OLDER}`,
        inbox(null, THREAD),
        "3",
      ),
    ],
  },
  {
    operation: "getDirectInbox",
    call: "GET /direct/inbox?selected_filter=flagged&box=primary&thread_message_limit=0",
    requests: [inboxOf("&selected_filter=flagged&folder=0", inbox(null))],
  },
  {
    operation: "getDirectThreads",
    call: "GET /direct/threads?amount=3&box=primary",
    requests: [
      inboxOf("&folder=0", inbox("QVFCone", "1", "2")),
      inboxOf(`&folder=0&cursor=QVFCone&${OLDER}`, inbox("QVFCtwo", "3", "4")),
    ],
  },
  {
    operation: "getDirectThreads",
    call: "GET /direct/threads",
    requests: [inboxOf("", inbox(null, "1"))],
  },
  {
    operation: "getDirectPending",
    call: "GET /direct/pending?cursor=QVFCinbox",
    requests: [{ send: `${PENDING}&cursor=QVFCinbox`, answer: inbox(null, THREAD) }],
  },
  {
    operation: "getDirectRequests",
    call: "GET /direct/requests?amount=2",
    requests: [
      { send: PENDING, answer: inbox("QVFCone", "1") },
      { send: `${PENDING}&cursor=QVFCone`, answer: inbox("QVFCtwo", "2", "3") },
    ],
  },
  {
    operation: "getDirectSpam",
    call: "GET /direct/spam",
    requests: [{ send: SPAM, answer: inbox("QVFCspam", THREAD) }],
  },
  {
    operation: "getDirectSpam",
    call: "GET /direct/spam?cursor=QVFCspam",
    requests: [{ send: `${SPAM}&cursor=QVFCspam`, answer: inbox(null) }],
  },
  {
    operation: "getDirectThread",
    call: `GET /direct/thread?thread_id=${THREAD}&amount=3`,
    requests: [
      { send: ONE, answer: messages("QVFCone", "4", "3") },
      { send: `${ONE}&cursor=QVFCone`, answer: messages("QVFCtwo", "2", "1") },
    ],
  },
  {
    operation: "getDirectThread",
    call: `GET /direct/thread?thread_id=${THREAD}`,
    requests: [{ send: ONE, answer: messages("", "1") }],
  },
  {
    operation: "getDirectMessages",
    call: `GET /direct/messages?thread_id=${THREAD}&amount=1`,
    requests: [{ send: ONE, answer: messages("QVFCone", "2", "1") }],
  },
  {
    operation: "getDirectMessage",
    call: `GET /direct/message?thread_id=${THREAD}&message_id=${MESSAGE}&amount=2`,
    requests: [
      { send: ONE, answer: messages("QVFCone", MESSAGE) },
      { send: `${ONE}&cursor=QVFCone`, answer: messages("QVFCtwo", "1") },
    ],
  },
  {
    operation: "getDirectThreadByParticipants",
    call: "GET /direct/thread/by/participants?user_ids=25025320",
    requests: [
      {
        send: "GET /api/v1/direct_v2/threads/get_by_participants/?recipient_users=[25025320]&seq_id=2580572&limit=20",
        answer: { status: "ok" },
      },
    ],
  },
  {
    operation: "getDirectMessagesSearch",
    call: "GET /direct/messages/search?query=hello%20w%C3%B6rld",
    requests: [
      {
        send: 'GET /api/v1/direct_v2/search_secondary/?offsets={"message_content":"0","reshared_content":""}&query=hello%20w%C3%B6rld&result_types=["message_content","reshared_content"]',
        answer: { status: "ok" },
      },
    ],
  },
  {
    operation: "getDirectSearch",
    call: "GET /direct/search?query=%40insta",
    requests: [
      {
        send: "GET /api/v1/direct_v2/ranked_recipients/?max_ig_bus_results=10&mode=universal&show_threads=true&query=@insta&max_ig_results=10&max_fb_results=0",
        answer: { status: "ok" },
      },
    ],
  },
  {
    operation: "getDirectPresence",
    call: "GET /direct/presence?user_ids=3012345678901234567",
    requests: [
      {
        send: "POST /api/v1/direct_v2/fetch_and_subscribe_presence/",
        form: [
          ["_uuid", "<session.uuid>"],
          ["device_id", "<session.android_device_id>"],
          ["subscriptions_off", "false"],
          ["request_data", "[3012345678901234567]"],
        ],
        answer: { user_presence: {}, status: "ok" },
      },
    ],
  },
  {
    operation: "getDirectPresence",
    call: "GET /direct/presence",
    requests: [
      {
        send: "GET /api/v1/direct_v2/get_presence_active_now/?recent_thread_limit=0&suggested_followers_limit=100",
        answer: { user_presence: {}, status: "ok" },
      },
    ],
  },
  {
    operation: "getDirectMedia",
    call: `GET /direct/media?thread_id=${THREAD}&amount=3`,
    requests: [
      {
        send: MEDIA,
        answer: {
          items: [
            { media: { id: 2, media_type: 1 }, timestamp: 1760000000000002 },
            { media: { id: 1, media_type: 1 }, timestamp: "1760000000000001" },
          ],
          more_available: true,
          status: "ok",
        },
      },
      {
        send: `${MEDIA}&max_timestamp=1760000000000001`,
        answer: { items: [], more_available: false, status: "ok" },
      },
    ],
  },
];
