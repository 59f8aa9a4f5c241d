import { describe, expect, test } from "bun:test";
import { createEmulator } from "../../src/emulator/index.ts";
import { INSTAGRAM_PK, SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { loggedIn, TestClient } from "./client.ts";

const follow = (client: TestClient) =>
  client.post(`friendships/create/${INSTAGRAM_PK}/`, { user_id: String(INSTAGRAM_PK) });
const follows = async (client: TestClient) =>
  (await client.get(`friendships/show/${INSTAGRAM_PK}/`)).json.following;

describe("worlds", () => {
  test("do not see what was done in another one", async () => {
    const emulator = createEmulator();
    const here = await loggedIn(emulator, "sandbox", "a");
    const there = await loggedIn(emulator, "sandbox", "b");
    await follow(here);
    expect(await follows(here)).toBe(true);
    expect(await follows(there)).toBe(false);
  });

  test("are bounded: the least recently used one starts over", async () => {
    const emulator = createEmulator({ maxWorlds: 2 });
    const first = await loggedIn(emulator, "sandbox", "1");
    const second = await loggedIn(emulator, "sandbox", "2");
    await follow(first);
    await follow(second);
    expect(await follows(first)).toBe(true);
    await loggedIn(emulator, "sandbox", "3");
    expect(await follows(first)).toBe(true);
    expect(await follows(second)).toBe(false);
  });
});

describe("the made-up data", () => {
  const followers = async (seed: number) => {
    const client = await loggedIn(createEmulator({ seed }));
    return (await client.get(`friendships/${INSTAGRAM_PK}/followers/`)).text;
  };

  test("depends on the seed and on nothing else", async () => {
    expect(await followers(1)).toBe(await followers(1));
    expect(await followers(1)).not.toBe(await followers(2));
  });

  test("keeps the named accounts with every seed", async () => {
    const client = await loggedIn(createEmulator({ seed: 99 }));
    expect((await client.get(`users/${INSTAGRAM_PK}/info/`)).json.user.username).toBe("instagram");
    expect((await client.get("users/sandbox/usernameinfo/")).json.user.pk).toBe(SANDBOX_PK);
  });

  test.each([
    [0, 200],
    [3_600_000, 400],
  ])(
    "follows the given clock where time matters: after %p ms a code gives %p",
    async (advance, status) => {
      let now = Date.now();
      const emulator = createEmulator({ now: () => now });
      const client = new TestClient(emulator);
      const asked = await client.login("sandbox_2fa");
      const fields = {
        username: "sandbox_2fa",
        verification_code: "123456",
        two_factor_identifier: asked.json.two_factor_info.two_factor_identifier,
        guid: "bbbbbbbb-0002-4bbb-8bbb-bbbbbbbbbbbb",
        device_id: "android-e00000000000005e",
      };
      now += advance;
      expect((await client.post("accounts/two_factor_login/", fields)).status).toBe(status);
    },
  );
});
