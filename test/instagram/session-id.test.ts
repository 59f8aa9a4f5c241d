import { describe, expect, test } from "bun:test";
import { loginBySessionId } from "../../src/instagram/auth/session-id.ts";
import { SessionState } from "../../src/instagram/session.ts";
import { InvalidInput } from "../../src/problems/problem.ts";
import { clientOf } from "../support/client.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";

const COOKIE = "49123456789%3AAbCdEfGhIjKlMnOp%3A12%3AAYdSessionIdTail";

describe("loginBySessionId", () => {
  test("refuses what no Cookie header can carry, before anything is sent or forgotten", async () => {
    const before = { sessionid: COOKIE, csrftoken: "aToken" };
    for (const wrong of ["ж", "…", "é", "\u00a0", "\u200b", "\x7f", "\0", "\n", " ", ";", ","])
      for (const pasted of [COOKIE + wrong, COOKIE.replace("Gh", `G${wrong}h`)]) {
        const state = new SessionState({ cookies: before });
        const instagram = new FakeInstagram();
        const client = clientOf(instagram, state);
        const error = await loginBySessionId(client, pasted).catch((reason: unknown) => reason);
        expect(error, JSON.stringify(pasted)).toBeInstanceOf(InvalidInput);
        expect(error).toHaveProperty("faults[0].field", "sessionid");
        expect(instagram.calls).toEqual([]);
        expect(state.toSettings().cookies).toEqual(before);
      }
  });

  test("takes the cookie over, decoded too", async () => {
    for (const pasted of [COOKIE, decodeURIComponent(COOKIE)]) {
      const user = { user: { pk: 49123456789, username: "me.account" }, status: "ok" };
      const client = clientOf(new FakeInstagram().on(/./, reply(200, user)), new SessionState());
      expect(await loginBySessionId(client, pasted)).toBe("me.account");
      expect(client.state.sessionId).toBe(COOKIE);
    }
  });
});
