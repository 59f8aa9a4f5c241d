import { describe, expect, test } from "bun:test";
import { parseAllowList } from "../../src/net/address-rules.ts";
import {
  createHostGuard,
  type HostGuardOptions,
  HostNotAllowed,
  HostUnknown,
} from "../../src/net/host-guard.ts";

/** A guard over a made-up DNS, and the names that were looked up. */
function guardOver(
  dns: Record<string, string[]>,
  allowed: string[] = [],
  more: HostGuardOptions = {},
) {
  const asked: string[] = [];
  const lookUp = async (name: string): Promise<string[]> => {
    asked.push(name);
    return dns[name] ?? Promise.reject(new Error("ENOTFOUND"));
  };
  const guard = createHostGuard(parseAllowList(allowed), { lookUp, ...more });
  return { guard, asked };
}

describe("a host", () => {
  test("is given with the addresses that were checked", async () => {
    const { guard } = guardOver({ "proxy.example": ["8.8.8.8", "2606:4700::1111"] });
    expect(await guard.addressesOf("Proxy.Example.")).toEqual(["8.8.8.8", "2606:4700::1111"]);
    expect(await guard.addressesOf("[2606:4700::1111]")).toEqual(["2606:4700::1111"]);
  });

  test("is refused when one of its addresses is not public", async () => {
    const { guard } = guardOver({
      "a.example": ["8.8.8.8", "10.0.0.1"],
      "b.example": ["::ffff:169.254.169.254"],
      "127.0.0.1.nip.io": ["127.0.0.1"],
    });
    for (const host of ["a.example", "b.example", "127.0.0.1.nip.io"])
      expect(guard.addressesOf(host)).rejects.toThrow(HostNotAllowed);
  });

  test("is refused without a look-up as an address or as this machine's name", async () => {
    const { guard, asked } = guardOver({});
    const hosts = ["localhost", "LOCALHOST.", "a.localhost", "127.1", "0x7f000001", "[::1]", "::1"];
    for (const host of hosts) {
      expect(guard.refusesWithoutLookUp(host), host).toBe(true);
      expect(guard.addressesOf(host)).rejects.toThrow(HostNotAllowed);
    }
    expect(guard.refusesWithoutLookUp("proxy.example")).toBe(false);
    expect(asked).toEqual([]);
  });

  test("that the operator lists is allowed, wherever it leads", async () => {
    const { guard } = guardOver({ "in.corp": ["10.0.0.1"], "out.corp": ["10.0.0.2"] }, [
      "in.corp",
      "localhost",
      "127.0.0.0/8",
      "10.0.0.2",
    ]);
    expect(await guard.addressesOf("in.corp")).toEqual(["10.0.0.1"]);
    expect(await guard.addressesOf("out.corp")).toEqual(["10.0.0.2"]);
    expect(await guard.addressesOf("127.0.0.9")).toEqual(["127.0.0.9"]);
    expect(guard.refusesWithoutLookUp("localhost")).toBe(false);
    expect(guard.refusesWithoutLookUp("10.0.0.1")).toBe(true);
  });
});

describe("looking up", () => {
  test("asks once for a name, however many ask at the same time and after", async () => {
    const { guard, asked } = guardOver({ "proxy.example": ["8.8.8.8"] });
    await Promise.all(Array.from({ length: 20 }, () => guard.addressesOf("proxy.example")));
    await guard.addressesOf("proxy.example");
    expect(asked).toEqual(["proxy.example"]);
  });

  test("that fails is no refusal, and is not repeated at once", async () => {
    const { guard, asked } = guardOver({});
    for (let time = 0; time < 3; time++)
      expect(guard.addressesOf("no.example")).rejects.toThrow(HostUnknown);
    await Promise.resolve();
    expect(asked).toEqual(["no.example"]);
  });

  test("ends when no answer comes, and is limited in number", async () => {
    const hanging = { lookUp: () => new Promise<string[]>(() => {}), lookUpTimeoutMs: 50 };
    const { guard } = guardOver({}, [], { ...hanging, maxLookUps: 2 });
    const first = [guard.addressesOf("a.example"), guard.addressesOf("b.example")];
    expect(guard.addressesOf("c.example")).rejects.toThrow("too many look-ups");
    for (const answer of await Promise.allSettled(first)) expect(answer.status).toBe("rejected");
    expect(guard.addressesOf("c.example")).rejects.toThrow("no address");
  });
});
