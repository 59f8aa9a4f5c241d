import { describe, expect, test } from "bun:test";
import { UpstreamUnreachable } from "../../src/instagram/errors.ts";
import { json } from "../../src/instagram/readings.ts";
import { SessionState } from "../../src/instagram/session.ts";
import { send } from "../../src/instagram/transport.ts";
import { clientOf } from "../support/client.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";

const SETTING = [
  ["Set-Cookie", "sessionid=other; Path=/"],
  ["ig-set-x-mid", "otherMid"],
  ["ig-set-ig-u-rur", "otherRur"],
  ["x-ig-set-www-claim", "otherClaim"],
] satisfies [string, string][];

const ask = (status: number, proxy: string | null) => {
  const state = new SessionState({ cookies: { csrftoken: "aToken" }, mid: "aMid" });
  const before = { revision: state.revision, settings: state.toSettings() };
  const instagram = new FakeInstagram();
  instagram.on("launcher/sync/", new Response("{}", { status, headers: SETTING }));
  const client = clientOf(instagram, state, proxy);
  const answer = send(client, json, {
    effect: "write",
    method: "POST",
    path: "/api/v1/launcher/sync/",
    as: "device",
  }).catch((error: unknown) => error);
  return { state, before, answer };
};

describe("headers that set something in the session", () => {
  test("are not taken from a proxy that refuses its credentials", async () => {
    const { state, before, answer } = ask(407, "http://user:wrong@proxy.test:8080");
    const error = await answer;
    expect(error).toBeInstanceOf(UpstreamUnreachable);
    expect(error).toHaveProperty("kind", "ProxyError");
    expect(state.revision).toBe(before.revision);
    expect(state.toSettings()).toEqual(before.settings);
  });

  test("are taken from Instagram, also where it refuses", async () => {
    for (const status of [200, 400]) {
      const { state, answer } = ask(status, "http://proxy.test:8080");
      await answer;
      expect(state.toSettings()).toMatchObject({
        cookies: { csrftoken: "aToken", sessionid: "other" },
        mid: "otherMid",
        ig_u_rur: "otherRur",
        ig_www_claim: "otherClaim",
      });
    }
  });
});
