import { expect, test } from "bun:test";
import fc from "fast-check";
import { ProxyUrlInvalid, parseProxyUrl, redactProxy } from "../../src/proxies/proxy-url.ts";

const accepted: [text: string, href: string][] = [
  ["http://proxy.example:8080", "http://proxy.example:8080"],
  ["http://proxy.example", "http://proxy.example:80"],
  ["https://proxy.example", "https://proxy.example:443"],
  ["socks5://proxy.example", "socks5://proxy.example:1080"],
  ["socks5h://proxy.example:", "socks5h://proxy.example:1080"],
  ["HTTP://Proxy.Example:8080/", "http://proxy.example:8080"],
  [" http://proxy.example:8080\n", "http://proxy.example:8080"],
  ["proxy.example:3128", "http://proxy.example:3128"],
  ["user:pass@10.0.0.1:3128", "http://user:pass@10.0.0.1:3128"],
  ["//user:pass@10.0.0.1:3128", "http://user:pass@10.0.0.1:3128"],
  ["http://user@proxy.example:1", "http://user@proxy.example:1"],
  ["http://:pass@proxy.example:1", "http://:pass@proxy.example:1"],
  ["http://@proxy.example:1", "http://proxy.example:1"],
  ["http://u:p@ss@proxy.example:1", "http://u:p%40ss@proxy.example:1"],
  ["http://u:a:b@proxy.example:1", "http://u:a%3Ab@proxy.example:1"],
  ["http://u:100%@proxy.example:1", "http://u:100%25@proxy.example:1"],
  ["http://u:p%40s%2Fs@proxy.example:1", "http://u:p%40s%2Fs@proxy.example:1"],
  [
    "http://u-zone-x_session-1:p@gate.example:7000",
    "http://u-zone-x_session-1:p@gate.example:7000",
  ],
  ["http://[::1]:8080", "http://[::1]:8080"],
  ["socks5://u:p@[2001:DB8:0::1]", "socks5://u:p@[2001:db8::1]:1080"],
  ["http://bücher.example:1", "http://xn--bcher-kva.example:1"],
  [
    `socks5://${"u".repeat(255)}:${"p".repeat(255)}@proxy.example:1`,
    `socks5://${"u".repeat(255)}:${"p".repeat(255)}@proxy.example:1`,
  ],
  [`http://${"u".repeat(300)}@proxy.example:1`, `http://${"u".repeat(300)}@proxy.example:1`],
];

for (const [text, href] of accepted) {
  test(`${JSON.stringify(text)} is taken as ${href}`, () => {
    expect(parseProxyUrl(text).href).toBe(href);
  });
}

test("the parts are decoded, an IPv6 host has no brackets", () => {
  expect(parseProxyUrl("socks5://us%20er:p%40ss:w@[::1]:9")).toEqual({
    scheme: "socks5",
    host: "::1",
    port: 9,
    username: "us er",
    password: "p@ss:w",
    href: "socks5://us%20er:p%40ss%3Aw@[::1]:9",
  });
});

const refused: [text: string, message: RegExp][] = [
  ["", /empty/],
  ["   ", /empty/],
  ["socks4://hush:hush@proxy.example:1", /SOCKS4/],
  ["socks4a://proxy.example", /SOCKS4/],
  ["socks://proxy.example", /socks5:\/\//],
  ["ftp://hush:hush@proxy.example", /scheme must be/],
  ["http://hush:hush@", /no host/],
  ["http://:8080", /no host/],
  ["http://proxy.example:0", /port/],
  ["http://proxy.example:65536", /port/],
  ["http://proxy.example:80a", /port/],
  ["http://hush:hush@proxy.example:hush", /port/],
  ["http://proxy.example:1/path", /no path/],
  ["http://hush:hu/sh@proxy.example:1", /percent-encode/],
  ["http://hush:hu#sh@proxy.example:1", /percent-encode/],
  ["http://proxy.example:1?x=hush", /no path, query/],
  ["http://hu sh:x@proxy.example:1", /blank/],
  ["http://hush:%FF@proxy.example:1", /UTF-8/],
  ["http://hush:a%0D%0Ab@proxy.example:1", /control character/],
  ["http://2001:db8::1", /brackets/],
  ["http://[hush]:1", /IPv6/],
  ["http://[fe80::1%25eth0]:1", /IPv6/],
  ["http://pro%78y.example:1", /host contains/],
  ["http://0x7f.1:1", /not a valid host/],
  ["http://2130706433:1", /not a valid host/],
  ["http://[::0:0:0:0:0.0.0.0]:1", /IPv6/],
  [`http://${"a".repeat(3_000)}:1`, /too long/],
  [`socks5://${"hush".repeat(64)}:x@proxy.example:1`, /user name is longer than the 255 bytes/],
  [`socks5h://u:${"hush".repeat(64)}@proxy.example:1`, /password is longer than the 255 bytes/],
  [`socks5://${"%C3%BC".repeat(128)}@proxy.example:1`, /user name is longer than the 255 bytes/],
  ["proxy.example:8080:hush:hush", /user:password@host:port/],
];

for (const [text, message] of refused) {
  test(`${JSON.stringify(text.slice(0, 60))} is refused and the message shows no secret`, () => {
    const error = (() => {
      try {
        return parseProxyUrl(text);
      } catch (failure) {
        return failure;
      }
    })();
    if (!(error instanceof ProxyUrlInvalid)) throw new Error("it was accepted");
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("hush");
  });
}

test("a redacted proxy shows where, not who", () => {
  expect(redactProxy("http://hush:hush@proxy.example:8080")).toBe("http://***@proxy.example:8080");
  expect(redactProxy(parseProxyUrl("socks5://[::1]"))).toBe("socks5://[::1]:1080");
  expect(redactProxy("hush hush")).toBe("(unusable proxy URL)");
});

const credential = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter((text) => {
  // Control characters are refused; a text of surrogate halves has no percent-encoding.
  return !/\p{Cc}/u.test(text) && text.isWellFormed();
});
// Bun's URL refuses some addresses with an IPv4 end, such as ::0:0:0:0:0.0.0.0.
const ipv6 = fc.ipV6().filter((address) => !address.includes("."));
const host = fc.oneof(
  fc.domain(),
  fc.ipV4(),
  ipv6.map((address) => `[${address}]`),
);
const scheme = fc.constantFrom("http", "https", "socks5", "socks5h");
const port = fc.integer({ min: 1, max: 65_535 });

test("property: percent-encoded credentials come back, and the normal form is stable", () => {
  fc.assert(
    fc.property(scheme, credential, credential, host, port, (kind, user, secret, place, number) => {
      const text = `${kind}://${encodeURIComponent(user)}:${encodeURIComponent(secret)}@${place}:${number}`;
      const proxy = parseProxyUrl(text);
      expect([proxy.scheme, proxy.port]).toEqual([kind, number]);
      expect([proxy.username, proxy.password]).toEqual([user, secret]);
      expect(parseProxyUrl(proxy.href)).toEqual(proxy);
      // Other readers of URLs see the same proxy.
      const url = new URL(proxy.href.replace(/^socks5h?:/, "ftp:"));
      expect(decodeURIComponent(url.password)).toBe(secret);
    }),
  );
});

test("property: raw specials in a password are taken as they are", () => {
  const raw = fc
    .string({ unit: fc.constantFrom(..."abc@:!$&'()*+,;=-._~[]"), minLength: 1 })
    .filter((text) => !/^[@:]+$/.test(text));
  fc.assert(
    fc.property(raw, host, (secret, place) => {
      expect(parseProxyUrl(`http://user:${secret}@${place}:1`).password).toBe(secret);
    }),
  );
});

test("property: any text is read or refused, and no message quotes it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      try {
        parseProxyUrl(`http://hush:hush${text}`);
      } catch (error) {
        if (!(error instanceof ProxyUrlInvalid)) throw error;
        expect(error.message).not.toContain("hush");
      }
    }),
  );
});
