import { beforeEach, describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const START = Date.UTC(2026, 10, 24, 9);
let now = START;
const sandbox = await sandboxOfFile({
  instagram: new FakeInstagram(createEmulator({ now: () => now })),
});
const { testKey: key, session: me } = sandbox;
const friend = await sandbox.login("sandbox_private");

const SANDBOX = "61000000001";
const PRIVATE = "61000000005";

beforeEach(() => {
  now = START;
  sandbox.instagram.beginAnew();
});

const write = (form: Record<string, string>, session = me) =>
  sandbox.request("POST", "/note", { key, session, form });
const remove = (note_id: string, session = me) =>
  sandbox.request("DELETE", "/note", { key, session, query: { note_id } });
const notes = async (session = me): Promise<any[]> =>
  (await sandbox.get("/notes", {}, session)).body;
const notesOf = async (pk: string, session = me) =>
  (await notes(session)).filter(({ user_id }) => user_id === pk);

/** Lets one account follow another; `sandbox_private` has to approve it. */
async function follow(from: string, to: string): Promise<void> {
  const form = { user_id: to === me ? SANDBOX : PRIVATE };
  await sandbox.request("POST", "/user/follow", { key, session: from, form });
  if (to !== friend) return;
  await sandbox.request("POST", "/account/follow/request/approve", {
    key,
    session: friend,
    form: { user_id: SANDBOX },
  });
}

describe("POST /note", () => {
  test("shows the note in place of the account's note before, with one request", async () => {
    const [before] = await notesOf(SANDBOX);
    const answer = await write({ text: "Größe 😴" });
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    expect(answer.body.id).toMatch(/^\d{17}$/);
    expect(answer.body).toMatchObject({
      text: "Größe 😴",
      user_id: SANDBOX,
      user: { pk: SANDBOX, username: "sandbox" },
      audience: 0,
      created_at: "2026-11-24T09:00:00Z",
      expires_at: "2026-11-25T09:00:00Z",
      is_emoji_only: false,
    });
    expect(answer.body.id).not.toBe(before.id);
    expect(await notesOf(SANDBOX)).toEqual([answer.body]);
    const second = await write({ text: "again", audience: "1" });
    expect(await notesOf(SANDBOX)).toEqual([second.body]);
    expect(second.body.audience).toBe(1);
  });

  test("ends after a day", async () => {
    const { body } = await write({ text: "short" });
    now = START + 86_400_000 - 1;
    expect(await notesOf(SANDBOX)).toEqual([body]);
    now = START + 86_400_000;
    expect(await notesOf(SANDBOX)).toEqual([]);
  });

  test("is for followers whom the account follows back", async () => {
    const { body: note } = await write({ text: "for friends" });
    expect(await notesOf(SANDBOX, friend)).toEqual([]);
    await follow(friend, me);
    expect(await notesOf(SANDBOX, friend)).toEqual([]);
    await follow(me, friend);
    expect(await notesOf(SANDBOX, friend)).toEqual([note]);
  });

  test("with audience 1 is for close friends", async () => {
    await follow(friend, me);
    await follow(me, friend);
    const { body: note } = await write({ text: "for close friends", audience: "1" });
    expect(await notesOf(SANDBOX, friend)).toEqual([]);
    const form = { user_id: PRIVATE };
    await sandbox.request("POST", "/user/close-friend", { key, session: me, form });
    expect(await notesOf(SANDBOX, friend)).toEqual([note]);
  });

  test("takes 60 characters, and hands on Instagram's refusal of more", async () => {
    expect((await write({ text: "😴".repeat(60) })).status).toBe(200);
    expectProblem(await write({ text: "x".repeat(61) }), "UnknownError");
    expect((await notesOf(SANDBOX))[0].text).toBe("😴".repeat(60));
  });

  test("asks nothing for an audience that there is not", async () => {
    for (const audience of ["2", "-1", "x"]) {
      const { errors } = expectProblem(await write({ text: "x", audience }), "ValidationError");
      expect(errors[0].field).toBe("audience");
    }
    expect(sandbox.instagram.callsOf("/api/v1/notes/create_note")).toEqual([]);
  });

  test("does not hide that the answer names no note", async () => {
    sandbox.instagram.on("/api/v1/notes/create_note", Response.json({ status: "ok" }));
    expectProblem(await write({ text: "x" }), "UpstreamError");
  });
});

describe("DELETE /note", () => {
  test("takes the account's note away", async () => {
    const { body } = await write({ text: "x" });
    const answer = await remove(body.id);
    expect([answer.status, answer.text]).toEqual([200, "true"]);
    expect(await notesOf(SANDBOX)).toEqual([]);
  });

  test("answers 404 for another account's note, and for one that there never was", async () => {
    const { body: theirs } = await write({ text: "x" }, friend);
    for (const id of [theirs.id, "1", "18446744073709551615"])
      expectProblem(await remove(id), "NoteNotFound");
    expect(await notesOf(PRIVATE, friend)).toEqual([theirs]);
    expectProblem(await remove("18446744073709551616"), "ValidationError");
  });
});
