import { afterAll, expect, test } from "bun:test";
import { INSTAGRAM_PK } from "../../src/emulator/seed/fixtures.ts";
import { emulatorServer, thirdPartyClient } from "./third-party-client.ts";

const server = emulatorServer();
afterAll(() => server.stop(true));

test("instagram-private-api edits its profile, mutes, and keeps close friends", async () => {
  const ig = thirdPartyClient(server, "sandbox_private");
  const me = await ig.account.login("sandbox_private", "sandbox");
  const { biography, username, full_name, email, phone_number } = await ig.account.currentUser();
  const kept = { username, email, phone_number, gender: "3" };
  const changed = { external_url: "https://example.com/me", biography: "edited by a client" };
  await ig.account.editProfile({ ...kept, ...changed, first_name: "Someone Else" });
  const info = async () => ig.user.info(me.pk);
  expect(await info()).toMatchObject({ ...changed, full_name: "Someone Else" });
  expect((await ig.account.setBiography("set alone")).biography).toBe("set alone");
  expect((await info()).biography).toBe("set alone");
  const taken = { ...kept, ...changed, first_name: full_name, username: "instagram" };
  await expect(ig.account.editProfile(taken)).rejects.toThrow("This username isn't available");
  await ig.account.editProfile({ ...kept, external_url: "", first_name: full_name, biography });

  await ig.account.setPublic();
  expect(await info()).toMatchObject({ is_private: false });
  await ig.account.setPrivate();
  expect(await info()).toMatchObject({ is_private: true });

  const targetPostsAuthorId = String(INSTAGRAM_PK);
  await ig.friendship.mutePostsOrStoryFromFollow({ targetPostsAuthorId });
  expect(await ig.friendship.show(INSTAGRAM_PK)).toMatchObject({ muting: true });
  await ig.friendship.unmutePostsOrStoryFromFollow({ targetPostsAuthorId });
  expect(await ig.friendship.show(INSTAGRAM_PK)).toMatchObject({ muting: false });

  await ig.friendship.setBesties({ add: [INSTAGRAM_PK], remove: [] });
  expect((await ig.feed.bestFriendships().items()).map(({ pk }) => pk)).toEqual([INSTAGRAM_PK]);
  await ig.friendship.setBesties({ add: [], remove: [INSTAGRAM_PK] });
  expect(await ig.feed.bestFriendships().items()).toEqual([]);
});
