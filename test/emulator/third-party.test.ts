import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Server } from "bun";
import {
  IgApiClient,
  IgCheckpointError,
  IgLoginBadPasswordError,
  IgLoginTwoFactorRequiredError,
} from "instagram-private-api";
import { createEmulator } from "../../src/emulator/index.ts";

let server: Server<undefined>;

beforeAll(() => {
  const emulator = createEmulator();
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => emulator.handle(request),
  });
});

afterAll(() => server.stop(true));

/** The package's client as it is, sent to the emulator: only its base URL differs. */
function clientFor(username: string): IgApiClient {
  const ig = new IgApiClient();
  ig.state.generateDevice(username);
  // Cookies are looked up by this URL; without it they would be kept but never found.
  Object.assign(ig.state.constants, { HOST: server.url.href });
  const send = ig.request.send.bind(ig.request);
  ig.request.send = (options, onlyCheckHttpStatus) =>
    send({ ...options, baseUrl: server.url.href }, onlyCheckHttpStatus);
  return ig;
}

describe("instagram-private-api, unchanged, over plain HTTP", () => {
  test("logs in with both of its simulated flows, reads profiles and pages feeds", async () => {
    const ig = clientFor("sandbox");
    await ig.simulate.preLoginFlow();
    const me = await ig.account.login("sandbox", "sandbox");
    expect(me.username).toBe("sandbox");
    await ig.simulate.postLoginFlow();

    const profile = await ig.user.info(25025320);
    expect(profile.username).toBe("instagram");
    expect(profile.follower_count).toBeGreaterThan(600_000_000);
    expect((await ig.user.searchExact("instagram")).pk).toBe(25025320);
    expect((await ig.user.usernameinfo("instagram")).pk).toBe(25025320);
    expect((await ig.account.currentUser()).username).toBe("sandbox");

    const followers = ig.feed.accountFollowers(25025320);
    const first = await followers.items();
    const second = await followers.items();
    const pks = new Set([...first, ...second].map((user) => user.pk));
    expect(pks.size).toBe(first.length + second.length);
    expect(followers.isMoreAvailable()).toBe(true);

    const posts = ig.feed.user(25025320);
    const ids = [...(await posts.items()), ...(await posts.items())].map((post) => post.id);
    expect(new Set(ids).size).toBe(24);
    expect(ids.every((id) => id.endsWith("_25025320"))).toBe(true);

    const timeline = ig.feed.timeline();
    const seen = [...(await timeline.items()), ...(await timeline.items())].map((post) => post.id);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(10);

    expect(await ig.friendship.create(25025320)).toMatchObject({ following: true });
    expect(await ig.friendship.show(25025320)).toMatchObject({ following: true });
    expect(await ig.friendship.destroy(25025320)).toMatchObject({ following: false });

    await ig.account.logout();
    await expect(ig.user.info(25025320)).rejects.toThrow("login_required");
  });

  test("logs in with a second factor", async () => {
    const ig = clientFor("sandbox_2fa");
    const asked = await ig.account.login("sandbox_2fa", "sandbox").catch((error: unknown) => error);
    expect(asked).toBeInstanceOf(IgLoginTwoFactorRequiredError);
    if (!(asked instanceof IgLoginTwoFactorRequiredError)) return;
    const { two_factor_identifier } = asked.response.body.two_factor_info;
    const login = (verificationCode: string) =>
      ig.account.twoFactorLogin({
        username: "sandbox_2fa",
        verificationCode,
        twoFactorIdentifier: two_factor_identifier,
      });
    await expect(login("000000")).rejects.toThrow("Please check the security code");
    await login("123456");
    expect((await ig.account.currentUser()).username).toBe("sandbox_2fa");
  });

  test("is told of a wrong password", async () => {
    const ig = clientFor("sandbox");
    const error = await ig.account.login("sandbox", "wrong").catch((reason: unknown) => reason);
    expect(error instanceof IgLoginBadPasswordError).toBe(true);
  });

  test("resolves a challenge by itself", async () => {
    const ig = clientFor("sandbox_challenge");
    const error = await ig.account
      .login("sandbox_challenge", "sandbox")
      .catch((reason: unknown) => reason);
    expect(error instanceof IgCheckpointError).toBe(true);
    await ig.challenge.auto(true);
    await ig.challenge.sendSecurityCode("123456");
    expect((await ig.account.currentUser()).username).toBe("sandbox_challenge");
    expect((await ig.account.login("sandbox_challenge", "sandbox")).username).toBe(
      "sandbox_challenge",
    );
  });
});
