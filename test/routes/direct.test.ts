import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { pagesOf } from "../support/pages.ts";
import { faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
const { get, instagram } = sandbox;
const private_ = await sandbox.login("sandbox_private");

const idsOf = (threads: { id: string }[]): string[] => threads.map(({ id }) => id);

/** The items of each page up to the end, of which each costs one request. */
async function itemsOf(path: string, query: Record<string, string> = {}): Promise<any[][]> {
  const pages: any[][] = [];
  for await (const answer of pagesOf((cursor) => get(path, { ...query, cursor }))) {
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    pages.push(answer.body.items);
  }
  return pages;
}

// As many as the emulator has of each for `sandbox`.
const FOLDERS = [
  ["/direct/inbox", "/direct/threads", 57],
  ["/direct/pending", "/direct/requests", 23],
] as const;

describe("inboxes", () => {
  for (const [paged, listed, total] of FOLDERS) {
    test(`${paged} gives every thread exactly once, latest activity first`, async () => {
      const pages = await itemsOf(paged);
      const ids = idsOf(pages.flat());
      expect(ids).toHaveLength(total);
      expect(new Set(ids).size).toBe(total);
      for (const page of pages.slice(0, -1)) expect(page).toHaveLength(20);
      const times = pages.flat().map((thread) => thread.last_activity_at);
      expect(times).toEqual(times.toSorted().reverse());
    });

    test(`${listed} gives as many of them as are wanted, in the same order`, async () => {
      const ids = idsOf((await itemsOf(paged)).flat());
      for (const amount of [1, 19, 20, 21, total - 1, total, total + 1]) {
        const answer = await get(listed, { amount: String(amount) });
        expect(idsOf(answer.body), `amount ${amount}`).toEqual(ids.slice(0, amount));
        const calls = Math.ceil(Math.min(amount, total) / 20);
        expect(answer.headers.get("gramway-upstream-calls")).toBe(String(calls));
      }
      expect(idsOf((await get(listed)).body)).toEqual(ids.slice(0, 20));
      expect(idsOf((await get(listed, { amount: "0" })).body)).toEqual(ids);
    });
  }

  test("/direct/spam gives hidden requests, which are in no other inbox", async () => {
    const spam = idsOf((await itemsOf("/direct/spam")).flat());
    expect(new Set(spam).size).toBe(24);
    const others = [...(await itemsOf("/direct/inbox")), ...(await itemsOf("/direct/pending"))];
    expect(idsOf(others.flat()).filter((id) => spam.includes(id))).toEqual([]);
  });

  test("have none where there is none, and other threads for another account", async () => {
    expect((await get("/direct/spam", {}, private_)).body).toEqual({ items: [], next_cursor: "" });
    const mine = idsOf((await get("/direct/inbox")).body.items);
    const others = idsOf((await get("/direct/inbox", {}, private_)).body.items);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((id) => mine.includes(id))).toEqual([]);
  });

  test("are narrowed to what is unread or flagged, and to either box", async () => {
    const all = (await itemsOf("/direct/inbox")).flat();
    const narrowed = async (query: Record<string, string>) => {
      const ids = idsOf((await itemsOf("/direct/inbox", query)).flat());
      expect(idsOf((await get("/direct/threads", { ...query, amount: "0" })).body)).toEqual(ids);
      expect(ids.length).toBeGreaterThan(2);
      return all.filter(({ id }) => ids.includes(id));
    };
    const unread = await narrowed({ selected_filter: "unread" });
    expect(idsOf(unread)).toEqual(idsOf(all.filter(({ read_state }) => read_state === 1)));
    expect((await narrowed({ selected_filter: "flagged" })).length).toBeLessThan(all.length);
    const general = await narrowed({ box: "general" });
    expect(idsOf(general)).toEqual(idsOf(all.filter(({ folder }) => folder === 1)));
    const primary = await narrowed({ box: "primary" });
    expect(general.length + primary.length).toBe(all.length);
    const both = await narrowed({ box: "general", selected_filter: "unread" });
    expect(idsOf(both)).toEqual(idsOf(unread.filter(({ folder }) => folder === 1)));
  });

  test("come with ten messages a thread, or as many as are wanted", async () => {
    const sizes = async (query: Record<string, string>) =>
      (await get("/direct/inbox", query)).body.items.map((thread: any) => thread.messages.length);
    const usual = await sizes({});
    expect(Math.max(...usual)).toBe(10);
    expect(await sizes({ thread_message_limit: "0" })).toEqual(usual);
    expect(new Set(await sizes({ thread_message_limit: "1" }))).toEqual(new Set([1]));
  });

  test("hold threads of all kinds", async () => {
    const all = (await itemsOf("/direct/inbox")).flat();
    const some = (is: (thread: any) => boolean) => expect(all.filter(is).length).toBeGreaterThan(0);
    for (const flag of ["muted", "is_pin", "named", "canonical", "vc_muted", "is_group"]) {
      some((thread) => thread[flag] === true);
      some((thread) => thread[flag] === false);
    }
    some((thread) => thread.is_group && !thread.named && thread.thread_title.includes(", "));
    some((thread) => thread.left_users.length > 0);
    some((thread) => thread.input_mode === 1);
    for (const thread of all) {
      expect(thread.users.length > 1).toBe(thread.is_group);
      expect(thread.id).toMatch(/^340282366841710300949128\d{15}$/);
      expect(thread.pk).toMatch(/^\d{17}$/);
      expect(thread.admin_user_ids).toEqual(thread.is_group ? [thread.users[0].pk] : []);
    }
  });
});

describe("a cursor", () => {
  test("that an upstream gives again and again does not go on for ever", async () => {
    const page = { inbox: { threads: [], oldest_cursor: "QVFC" }, status: "ok" };
    instagram.on("direct_v2/inbox/", reply(200, page));
    const answer = await get("/direct/threads?amount=0");
    expect([answer.status, answer.body]).toEqual([200, []]);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
  });
});

test("a thread that Instagram shows on two pages is listed twice, as it always was", async () => {
  const page = (id: string, cursor: string | null) =>
    reply(200, { inbox: { threads: [{ thread_id: id }], oldest_cursor: cursor }, status: "ok" });
  instagram.on("direct_v2/pending_inbox/", page("1", "QVFCa"), page("1", "QVFCb"), page("2", null));
  expect(idsOf((await get("/direct/requests")).body)).toEqual(["1", "1", "2"]);
});

test("a thread that is read on is told as its last page tells it", async () => {
  const page = (title: string, item: string, cursor: string | null) =>
    reply(200, {
      thread: {
        thread_id: "7",
        thread_title: title,
        items: [{ item_id: item }],
        oldest_cursor: cursor,
      },
      status: "ok",
    });
  instagram.on("direct_v2/threads/7/", page("Before", "1", "QVFC"), page("After", "2", null));
  const { body } = await get("/direct/thread?thread_id=7");
  expect([body.thread_title, idsOf(body.messages)]).toEqual(["After", ["1", "2"]]);
});

describe("GET /direct/thread/by/participants", () => {
  test("finds the thread with one user and with a group, whatever the order", async () => {
    const { items } = (await get("/direct/inbox")).body;
    for (const thread of [items[0], items.find(({ is_group }: any) => is_group)]) {
      const pks: string[] = thread.users.map(({ pk }: { pk: string }) => pk);
      const repeated = [pks, pks.toReversed()].map((all) => all.join("&user_ids="));
      for (const values of [...repeated, pks.join(","), pks.join(", ")]) {
        const answer = await get(`/direct/thread/by/participants?user_ids=${values}`);
        expect(answer.body.thread.thread_id).toBe(thread.id);
        expect(answer.body.users.map(({ pk }: any) => pk).toSorted()).toEqual(pks.toSorted());
        expect(Object.keys(answer.body.users[0])).toEqual(Object.keys(thread.users[0]));
      }
    }
  });

  test("hands the thread on with every digit", async () => {
    const answer = await get("/direct/thread/by/participants?user_ids=25025320");
    expect(answer.text).toMatch(/"fbid_v2":17841400000000000,/);
    expect(answer.text).toMatch(/"media_share":\{"pk":\d{19},/);
  });

  test("reads its users as every other list of users is read, however their numbers are written", async () => {
    const pks = ["1", "2.0", "3e0", "17841400000000000", "17841400000000001"];
    const users = pks.map((pk) => `{"pk":${pk},"username":4.0,"stories":[${pk},1e2]}`).join();
    const answer = () => new Response(`{"users":[${users}],"thread":{"a":1e2},"status":"ok"}`);
    instagram.on("direct_v2/threads/get_by_participants/", answer);
    instagram.on("friendships/25025320/followers/", answer);
    const found = await get("/direct/thread/by/participants?user_ids=25025320");
    const followers = await get("/user/followers?user_id=25025320&amount=5");
    expect(found.body.users.map(({ pk }: any) => pk)).toEqual(["1", "2", "3", ...pks.slice(3)]);
    expect(found.body.users).toEqual(followers.body.items);
    expect(found.text).toContain('"thread":{"a":1e2}');
  });

  test("has no thread where there is none with exactly these users", async () => {
    for (const query of ["user_ids=61000000005", "user_ids=25025320&user_ids=61000000005"]) {
      const { status, body } = await get(`/direct/thread/by/participants?${query}`);
      expect(status).toBe(200);
      expect(body.thread).toBeUndefined();
      expect(body.users.at(-1)).toMatchObject({ pk: "61000000005", username: "sandbox_private" });
    }
  });

  test("names what is wrong before asking", async () => {
    const queries = ["", "user_ids=", "user_ids=1,", "user_ids=me", "user_ids=1&user_ids=-2"];
    for (const query of [...queries, "user_ids=18446744073709551616"]) {
      const answer = await get(`/direct/thread/by/participants?${query}`);
      expect(faultyFields(answer), query).toEqual(["user_ids"]);
      expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
    }
  });
});

describe("GET /direct/search", () => {
  test("finds users by name, and none where there is none", async () => {
    for (const mode of ["raven", "universal"]) {
      const { body } = await get("/direct/search", { query: "insta", mode });
      expect(body[0]).toMatchObject({ pk: "25025320", username: "instagram" });
    }
    expect((await get("/direct/search", { query: "zzzzzz" })).body).toEqual([]);
  });

  test("leaves threads and people without a username out", async () => {
    const ranked_recipients = [
      { thread: { thread_id: "1" } },
      { user: { pk: 1, username: "" } },
      { user: { pk: 2 } },
      "odd",
      { user: { pk: 4, username: null } },
      { user: { pk: 3, username: "three" } },
    ];
    instagram.on("direct_v2/ranked_recipients/", reply(200, { ranked_recipients, status: "ok" }));
    const { body } = await get("/direct/search?query=t");
    expect(body.map(({ pk }: { pk: string }) => pk)).toEqual(["4", "3"]);
  });
});

describe("GET /direct/presence", () => {
  test("has those contacts who are active", async () => {
    const { body } = await get("/direct/presence");
    expect(body["25025320"]).toMatchObject({ is_active: true });
    for (const [pk, { is_active, last_activity_at_ms }] of Object.entries<any>(body)) {
      expect(pk).toMatch(/^\d+$/);
      expect([is_active, typeof last_activity_at_ms]).toEqual([true, "number"]);
    }
  });

  test("has the users that are asked for, in Instagram's whole answer", async () => {
    const answer = await get("/direct/presence?user_ids=61000000005&user_ids=25025320");
    expect(Object.keys(answer.body.user_presence).toSorted()).toEqual(["25025320", "61000000005"]);
    expect(answer.body.status).toBe("ok");
  });

  test("is empty where nobody is active", async () => {
    instagram.on("direct_v2/get_presence_active_now/", reply(200, { status: "ok" }));
    expect((await get("/direct/presence")).body).toEqual({});
  });
});
