import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createEmulator, sandboxSessionId } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK, SANDBOX_PRIVATE_PK } from "../../src/emulator/seed/fixtures.ts";
import { comment, postsOf } from "./acting.ts";
import { loggedIn, type ParsedJson, TestClient } from "./client.ts";

const emulator = createEmulator();

const own = async (client: TestClient): Promise<ParsedJson> =>
  (await client.get("accounts/current_user/", { edit: "true" })).json.user;
const edit = (client: TestClient, fields: object) => client.post("accounts/edit_profile/", fields);

describe("editing a profile", () => {
  test("changes what is given and keeps the rest", async () => {
    const client = await loggedIn(emulator, "sandbox", "edit");
    const before = await own(client);
    const fields = {
      username: "New.Name_1",
      first_name: "Größe ❤",
      biography: "written anew",
      external_url: "example.org/me",
      email: "new@example.org",
      phone_number: "+49 170 000 0000",
    };
    const after = {
      username: "new.name_1",
      full_name: "Größe ❤",
      biography: "written anew",
      external_url: "http://example.org/me",
      email: "new@example.org",
      phone_number: "+49 170 000 0000",
    };
    const { json } = await edit(client, fields);
    expect(json).toMatchObject({ user: after, status: "ok" });
    expect(await own(client)).toEqual(json.user);
    const { json: kept } = await edit(client, { first_name: "Again" });
    expect(kept.user).toMatchObject({ ...after, full_name: "Again" });
    // Null and "" empty a field.
    const emptied = (await edit(client, { external_url: null, biography: "", phone_number: null }))
      .json.user;
    expect(emptied).toMatchObject({ external_url: "", biography: "", phone_number: "" });
    expect(emptied.bio_links).toEqual([]);
    expect(await own(await loggedIn(emulator, "sandbox", "elsewhere"))).toEqual(before);
  });

  test("sets a biography alone, with links and emoji, and empties it", async () => {
    const client = await loggedIn(emulator, "sandbox", "biography");
    for (const raw_text of ["@instagram #berlin ❤️‍🔥", ""]) {
      const { json } = await client.post("accounts/set_biography/", { raw_text });
      expect(json).toMatchObject({ user: { biography: raw_text }, status: "ok" });
      expect((await client.get(`users/${SANDBOX_PK}/info/`)).json.user.biography).toBe(raw_text);
    }
    expect((await client.post("accounts/set_biography/", {})).status).toBe(400);
  });

  test.each([
    [{ username: "instagram" }, "This username isn't available. Please try another."],
    [{ username: "Sandbox_2FA" }, "This username isn't available. Please try another."],
    ...["a b", "", "x".repeat(31), "a..b", ".a", "a.", "größe"].map(
      (username) =>
        [
          { username },
          "Usernames can only use letters, numbers, underscores and periods.",
        ] as const,
    ),
    [{ first_name: "x".repeat(65) }, "Enter a name under 64 characters."],
    [{ biography: "❤".repeat(151) }, "Your bio needs to be 150 characters or fewer."],
    [{ email: "nobody" }, "Enter a valid email address."],
    [{ email: "a@b" }, "Enter a valid email address."],
    [{ email: `a@b.${"c".repeat(251)}` }, "Enter a valid email address."],
    [{ phone_number: "call me" }, expect.stringContaining("phone number may be incorrect")],
    [{ external_url: "no link" }, "The link that you entered isn't valid."],
    [{ external_url: `x.org/${"x".repeat(500)}` }, "The link that you entered isn't valid."],
    [{ email: "", phone_number: "" }, "You need an email or confirmed phone number."],
    [{ biography: 5 }, "Missing or invalid parameter: biography"],
  ])("refuses %p and changes nothing", async (fields, message) => {
    const client = await loggedIn(emulator, "sandbox", "refused edits");
    const before = await own(client);
    const answer = await edit(client, { first_name: "Changed", ...fields });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ message, status: "fail" });
    expect(await own(client)).toEqual(before);
  });

  test("takes 150 characters of any script as a biography, and no more", async () => {
    const client = await loggedIn(emulator, "sandbox", "any biography");
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 160 }), async (raw_text) => {
        const { status, json } = await client.post("accounts/set_biography/", { raw_text });
        expect(status).toBe([...raw_text].length > 150 ? 400 : 200);
        if (status === 200) expect(json.user.biography).toBe(raw_text);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a new username", () => {
  const WORLD = "renamed";
  let me: TestClient;
  let other: TestClient;
  let post: ParsedJson;

  beforeAll(async () => {
    me = await loggedIn(emulator, "sandbox", WORLD);
    other = await loggedIn(emulator, "sandbox_private", WORLD);
    [post] = await postsOf(me, INSTAGRAM_PK);
    const media_id = post.id.split("_")[0];
    await comment(me, post.id, "mine");
    await me.post(`media/${media_id}/like/`, { media_id });
    await me.post(`friendships/create/${SANDBOX_PRIVATE_PK}/`, { user_id: SANDBOX_PRIVATE_PK });
    await me.post(`friendships/create/${INSTAGRAM_PK}/`, { user_id: INSTAGRAM_PK });
    await other.post(`friendships/create/${SANDBOX_PK}/`, { user_id: SANDBOX_PK });
    await me.send("POST", "/api/v1/direct_v2/threads/broadcast/text/", {
      form: {
        action: "send_item",
        client_context: "6800011111111111112",
        recipient_users: `[[${SANDBOX_PRIVATE_PK}]]`,
        text: "hello",
      },
    });
    await edit(me, { username: "renamed.account", first_name: "Renamed" });
  });

  const CAPABLE = { supported_capabilities_new: "[]" };
  const DEVICE = { phone_id: "x", battery_level: 50, is_charging: 0, will_sound_on: 0 };
  const DIRECT = { visual_message_return_type: "unseen", persistentBadging: "true" };

  /** Reads that show the account; `by` the other one where it is not its own. */
  const READS: Record<string, () => Promise<{ text: string }>> = {
    profile: () => other.get(`users/${SANDBOX_PK}/info/`),
    "profile by name": () => other.get("users/renamed.account/usernameinfo/"),
    "own account": () => me.get("accounts/current_user/"),
    posts: () => other.get(`feed/user/${SANDBOX_PK}/`),
    "posts that tag it": () => other.get(`usertags/${SANDBOX_PK}/feed/`),
    clips: () => other.post("clips/user/", { target_user_id: SANDBOX_PK }),
    stories: () => other.get(`feed/user/${SANDBOX_PK}/story/`, CAPABLE),
    highlights: () =>
      other.get(`highlights/${SANDBOX_PK}/highlights_tray/`, { ...CAPABLE, ...DEVICE }),
    followers: () => other.get(`friendships/${INSTAGRAM_PK}/followers/`, { query: "renamed" }),
    "followed users": () =>
      other.get(`friendships/${SANDBOX_PRIVATE_PK}/following/`, { query: "renamed" }),
    "follow requests": () => other.get("friendships/pending/"),
    likers: () => other.get(`media/${post.id}/likers/`),
    comments: () => other.get(`media/${post.id}/comments/`),
    "users found": () => other.get("users/search/", { q: "renamed" }),
    "everything found": () => other.get("fbsearch/topsearch_flat/", { query: "renamed.acc" }),
    "accounts found": () =>
      other.get("fbsearch/account_serp/", { search_surface: "account_serp", query: "renamed" }),
    recipients: () =>
      other.get("direct_v2/ranked_recipients/", { mode: "raven", query: "renamed" }),
    "own inbox": () => me.get("direct_v2/inbox/", DIRECT),
    "the inbox of another": () => other.get("direct_v2/inbox/", DIRECT),
    notes: () => other.get("notes/get_notes/"),
    tray: () => other.post("feed/reels_tray/", { reason: "cold_start" }),
  };

  for (const [name, read] of Object.entries(READS))
    test(`is shown in ${name}, and the old one is not`, async () => {
      const { text } = await read();
      expect(text).toContain('"username":"renamed.account"');
      expect(text).not.toContain('"username":"sandbox"');
      expect(text).not.toContain("Sandbox Account");
    });

  test("logs in with the same password, and the old one belongs to nobody", async () => {
    expect((await other.get("users/sandbox/usernameinfo/")).status).toBe(404);
    const client = new TestClient(emulator, WORLD);
    expect((await client.login("sandbox")).status).not.toBe(200);
    const { status, json } = await new TestClient(emulator, WORLD).login("renamed.account");
    expect([status, json.logged_in_user.pk]).toEqual([200, SANDBOX_PK]);
    const found = (await other.get("users/search/", { q: "sandbox" })).json.users;
    expect(found.map(({ pk }: ParsedJson) => pk)).not.toContain(SANDBOX_PK);
  });

  test("may be given up for another, and then taken by someone else", async () => {
    expect((await edit(other, { username: "renamed.account" })).status).toBe(400);
    expect((await edit(other, { username: "sandbox" })).status).toBe(200);
    const { user } = (await me.get("users/sandbox/usernameinfo/")).json;
    expect(user.pk).toBe(SANDBOX_PRIVATE_PK);
    await edit(other, { username: "sandbox_private" });
  });
});

test("a second factor stays with its account whatever that is called", async () => {
  const client = new TestClient(emulator, "second factor");
  const answer = await client.send("POST", "/api/v1/accounts/edit_profile/", {
    headers: { Cookie: `sessionid=${sandboxSessionId("sandbox_2fa")}` },
    signed: { username: "sandbox_other" },
  });
  expect(answer.status).toBe(200);
  const { status, json } = await client.login("sandbox_other");
  expect([status, json.error_type]).toEqual([400, "two_factor_required"]);
});

describe("privacy", () => {
  test("closes posts and lists to all but followers, and opens them again", async () => {
    const owner = await loggedIn(emulator, "sandbox", "private");
    const other = await loggedIn(emulator, "sandbox_private", "private");
    const reads = [`feed/user/${SANDBOX_PK}/`, `friendships/${SANDBOX_PK}/followers/`];
    const statuses = async () =>
      Promise.all(reads.map(async (path) => (await other.get(path)).status));
    expect(await statuses()).toEqual([200, 200]);
    expect((await owner.post("accounts/set_private/", {})).json.user.is_private).toBe(true);
    expect(await statuses()).toEqual([400, 400]);
    await other.post(`friendships/create/${SANDBOX_PK}/`, { user_id: SANDBOX_PK });
    expect(await statuses()).toEqual([400, 400]);
    await owner.post(`friendships/approve/${SANDBOX_PRIVATE_PK}/`, { user_id: SANDBOX_PRIVATE_PK });
    expect(await statuses()).toEqual([200, 200]);
    await owner.post("accounts/set_public/", {});
    await other.post(`friendships/destroy/${SANDBOX_PK}/`, { user_id: SANDBOX_PK });
    expect(await statuses()).toEqual([200, 200]);
  });
});
