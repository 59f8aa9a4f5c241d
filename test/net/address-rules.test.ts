import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  AllowListInvalid,
  addressIn,
  isPublicAddress,
  parseAllowList,
} from "../../src/net/address-rules.ts";

const NOT_PUBLIC = {
  "this machine": ["127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::"],
  "private networks": [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "fd00::1",
    "fdaa::3",
  ],
  "link-local, with the metadata of clouds": [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fe80::1%eth0",
  ],
  "carrier NAT": ["100.64.0.1", "100.127.255.255"],
  "multicast and broadcast": ["224.0.0.1", "239.255.255.255", "255.255.255.255", "ff02::1"],
  "reserved and documentation": [
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "240.0.0.1",
    "100::1",
    "100:0:0:1::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fec0::1",
    "4000::1",
  ],
  "tunnels, and addresses that hold another": [
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2001::1",
  ],
  "what is no address": ["", "localhost", "1.2.3.4.5", "::1::", "example.com"],
};

describe("an address is not public", () => {
  for (const [what, addresses] of Object.entries(NOT_PUBLIC))
    test(`as one of ${what}`, () => {
      expect(addresses.filter(isPublicAddress)).toEqual([]);
    });

  test("whatever the host part of a private network is, mapped into IPv6 or not", () => {
    const host = fc.nat(0xffffff).map((n) => `${n >> 16}.${(n >> 8) & 255}.${n & 255}`);
    fc.assert(
      fc.property(fc.constantFrom("10", "127", "0"), host, (net, rest) => {
        for (const form of ["", "::ffff:", "64:ff9b::"])
          if (isPublicAddress(`${form}${net}.${rest}`)) return false;
        return true;
      }),
    );
  });
});

test("addresses of the public internet are public", () => {
  const addresses = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "2a01::1",
  ];
  const holding = ["::ffff:8.8.8.8", "64:ff9b::808:808"];
  expect([...addresses, ...holding].filter((address) => !isPublicAddress(address))).toEqual([]);
});

test("every spelling that a resolver takes is seen through", () => {
  const spellings = ["127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"];
  for (const spelling of [...spellings, "[::ffff:127.0.0.1]", "::ffff:7f00:1"])
    expect(addressIn(spelling), spelling).toBe("127.0.0.1");
  for (const name of ["example.com", "127.0.0.1.nip.io", "localhost", "a.1"])
    expect(addressIn(name), name).toBeNull();
});

describe("the operator's list", () => {
  const list = parseAllowList([
    "proxy.internal",
    "*.Corp.example.",
    "127.0.0.1",
    "10.0.0.0/8",
    "fd00::/8",
  ]);

  test("allows names, all names below one, addresses and networks", () => {
    for (const name of ["proxy.internal", "a.corp.example", "a.b.corp.example"])
      expect(list.allowsName(name), name).toBe(true);
    for (const name of ["internal", "x.proxy.internal", "corp.example", "evilcorp.example"])
      expect(list.allowsName(name), name).toBe(false);
    for (const address of ["127.0.0.1", "::ffff:127.0.0.1", "10.255.0.1", "fd12::1"])
      expect(list.allowsAddress(address), address).toBe(true);
    for (const address of ["127.0.0.2", "11.0.0.1", "fe80::1", "::1", "proxy.internal"])
      expect(list.allowsAddress(address), address).toBe(false);
  });

  test("says what it cannot read", () => {
    for (const entry of ["a b", "http://x", "x:80", "10.0.0.0/33", "*", "*.", "a..b", "1.2.3.4.5"])
      expect(() => parseAllowList([entry]), entry).toThrow(AllowListInvalid);
  });
});
