import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readProxy } from "../../src/proxies/provider-form.ts";
import { ProxyUrlInvalid } from "../../src/proxies/proxy-url.ts";

const href = (text: string): string => readProxy(text).href;

describe("a proxy is read", () => {
  const forms: [text: string, href: string][] = [
    ["proxy.example.com:8080", "http://proxy.example.com:8080"],
    ["http://u:p@proxy.example.com:8080", "http://u:p@proxy.example.com:8080"],
    ["u:p@proxy.example.com:8080", "http://u:p@proxy.example.com:8080"],
    ["proxy.example.com:8080:u:p", "http://u:p@proxy.example.com:8080"],
    ["proxy.example.com:8080:u", "http://u@proxy.example.com:8080"],
    ["gate:8080:u:p", "http://u:p@gate:8080"],
    ["203.0.113.7:8080:u-session-1:p:q", "http://u-session-1:p%3Aq@203.0.113.7:8080"],
    ["u:p:proxy.example.com:8080", "http://u:p@proxy.example.com:8080"],
    ["proxy.example.com:8080@u:p", "http://u:p@proxy.example.com:8080"],
    ["socks5://203.0.113.7:1080:u:p", "socks5://u:p@203.0.113.7:1080"],
    ["[2001:db8::7]:8080:u:p", "http://u:p@[2001:db8::7]:8080"],
    ["proxy.example.com:8080:u:p@ss", "http://u:p%40ss@proxy.example.com:8080"],
    ["proxy.example.com:8080:me@example.com:p", "http://me%40example.com:p@proxy.example.com:8080"],
    ["proxy.example.com:8080:u:p%40", "http://u:p%2540@proxy.example.com:8080"],
    ["http://u:80:81@proxy.example.com:8080", "http://u:80%3A81@proxy.example.com:8080"],
    ["  proxy.example.com:8080:u:p  ", "http://u:p@proxy.example.com:8080"],
  ];
  for (const [text, expected] of forms) test(`as ${text}`, () => expect(href(text)).toBe(expected));

  test("with the scheme of the list, unless it names its own", () => {
    expect(readProxy("203.0.113.7:1080:u:p", "socks5h").href).toBe(
      "socks5h://u:p@203.0.113.7:1080",
    );
    expect(readProxy("http://203.0.113.7:1080", "socks5h").href).toBe("http://203.0.113.7:1080");
  });

  test("with whatever user name and password the provider has chosen", () => {
    const text = fc
      .string({ unit: fc.constantFrom(..."abcXYZ019-_.~!$&'()*+,;=@%/?#{}|^`<>[]\"\\é") })
      .filter((one) => one !== "");
    fc.assert(
      fc.property(text, text, fc.integer({ min: 1, max: 65_535 }), (user, password, port) => {
        const read = readProxy(`gate.example.com:${port}:${user}:${password}:x`);
        expect(read).toMatchObject({
          host: "gate.example.com",
          port,
          username: user,
          password: `${password}:x`,
        });
      }),
    );
  });
});

describe("what is no proxy is refused", () => {
  for (const text of [
    "",
    " ",
    ":",
    "::::",
    "http://",
    "nonsense",
    "nonsense:",
    "user:password@proxy.example.com",
    "proxy.example.com:99999:u:p",
    "proxy.example.com:8080:u:p with blank",
    "ftp://proxy.example.com:21:u:p",
    "socks4://203.0.113.7:1080",
    "u:p@",
    "http://proxy.example.com/path",
    '{"url":1}',
    "a:b:c:d:e:f",
    "\ud800.example.com:1:u:p",
  ])
    test(JSON.stringify(text), () => expect(() => readProxy(text)).toThrow(ProxyUrlInvalid));

  test("without quoting anything of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 12, maxLength: 40 }), (secret) => {
        for (const text of [secret, `gate.example.com:8080:u:${secret}`, `http://u:${secret}@`])
          try {
            readProxy(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ProxyUrlInvalid);
            expect(String(error)).not.toContain(secret);
          }
      }),
      { numRuns: 50 },
    );
  });
});

test("a text that is too long is refused as such, in whichever form it would be", () => {
  for (const text of [
    `u:p@${"@".repeat(15_000)}:`,
    `a${".a".repeat(7_500)}`,
    `host:1:${"é".repeat(2_000)}`,
    `http://u:${"p".repeat(15_000)}@proxy.example.com:80`,
  ])
    expect(() => readProxy(text)).toThrow("too long");
});
