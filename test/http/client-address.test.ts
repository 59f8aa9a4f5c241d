import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { clientAddress, sourceOf } from "../../src/http/client-address.ts";
import { createTestService } from "../support/service.ts";

const PEER = "10.0.0.1";
const FORWARDED = "x-forwarded-for";
const behind = (proxies: number, ...values: string[]) => {
  const headers = new Headers();
  for (const value of values) headers.append(FORWARDED, value);
  return clientAddress(headers, PEER, { header: FORWARDED, proxies });
};

describe("the client's address", () => {
  test("is the connection's, whatever a client says, where no proxy is trusted", () => {
    const headers = new Headers({ [FORWARDED]: "192.0.2.1", "fly-client-ip": "192.0.2.2" });
    expect(clientAddress(headers, PEER, null)).toBe(PEER);
    expect(clientAddress(headers, null, null)).toBeNull();
  });

  test("is the one that the trusted proxy has added: the last, or so many before it", () => {
    expect(behind(1, "192.0.2.1")).toBe("192.0.2.1");
    expect(behind(1, "203.0.113.9, 192.0.2.1")).toBe("192.0.2.1");
    expect(behind(1, "203.0.113.9", "192.0.2.1")).toBe("192.0.2.1");
    expect(behind(2, "203.0.113.9, 192.0.2.1, 198.51.100.1")).toBe("192.0.2.1");
    expect(behind(1, "192.0.2.1:4711")).toBe("192.0.2.1");
    expect(behind(1, "[2001:db8::1]:4711")).toBe("2001:db8::1");
    expect(behind(1, "2001:db8::1")).toBe("2001:db8::1");
  });

  test("is the connection's when the proxy names none", () => {
    expect(behind(1)).toBe(PEER);
    expect(behind(2, "192.0.2.1")).toBe(PEER);
    for (const nonsense of ["", "unknown", "192.0.2.1,", "1.2.3", "192.0.2.1 x", "[", "[]", ":"])
      expect(behind(1, nonsense), nonsense).toBe(PEER);
  });

  test("is an address, whatever the header holds", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = text.replaceAll(/[^\x21-\x7e]/g, "");
        const address = behind(1, value);
        expect(address === PEER || sourceOf(address ?? "") !== "").toBe(true);
        expect(address).toMatch(/^[\da-f.:]+(?:%.+)?$/i);
      }),
    );
  });

  test("stands for itself, or for the 64 bits that an IPv6 customer is given", () => {
    expect(sourceOf("192.0.2.1")).toBe("192.0.2.1");
    expect(sourceOf("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect(sourceOf("2001:db8::1")).toBe(sourceOf("2001:0db8:0:0:ffff::"));
    expect(sourceOf("2001:db8::1")).not.toBe(sourceOf("2001:db8:0:1::1"));
    expect(sourceOf("")).toBe("");
  });
});

describe("the log", () => {
  test("tells the address of each request", async () => {
    const trustedProxy = { header: FORWARDED, proxies: 1 };
    const service = await createTestService({ config: { trustedProxy } });
    afterAll(() => service.close());
    const headers = { "X-Forwarded-For": "203.0.113.9, 192.0.2.77" };
    await service.request("GET", "/health", { headers, peer: PEER });
    await service.request("GET", "/nowhere", { peer: PEER });
    const clients = service.logLines.map((line) => JSON.parse(line).client);
    expect(clients.slice(-2)).toEqual(["192.0.2.77", PEER]);
  });
});
