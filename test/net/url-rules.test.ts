import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { addressesFor, readUrl, UrlRefused } from "../../src/net/url-rules.ts";

/** A guard over a made-up DNS, and the names that it looked up. */
function guardOver(dns: Record<string, string[]>, allowed: string[] = []) {
  const asked: string[] = [];
  const lookUp = async (name: string): Promise<string[]> => {
    asked.push(name);
    return dns[name] ?? Promise.reject(new Error("ENOTFOUND"));
  };
  return { guard: createHostGuard(parseAllowList(allowed), { lookUp }), asked };
}

/** The addresses for a URL, or the error as text. */
async function resultOf(url: string, guard = guardOver({}).guard): Promise<string[] | string> {
  try {
    return await addressesFor(readUrl(url), guard);
  } catch (error) {
    if (error instanceof UrlRefused) return error.detail;
    throw error;
  }
}

const NOT_PUBLIC = "The URL does not lead to a host of the public internet";

describe("a URL is refused", () => {
  const THIS_MACHINE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://%31%32%37.0.0.1/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://①②⑦.⓪.⓪.①/",
    "http:\\\\127.0.0.1/",
    "http:127.0.0.1",
    "ht\ntp://127.0.0.1/",
    "http://0/",
    "http://localhost/",
    "http://LOCALHOST../",
    "http://ⓛocalhost/",
    "http://x.localhost/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://a.example\\@127.0.0.1/".replace("a.example\\@", ""),
  ];
  test("however this machine is spelled", async () => {
    for (const url of THIS_MACHINE) expect(await resultOf(url), url).toBe(NOT_PUBLIC);
  });

  test("where clouds keep their metadata", async () => {
    const services = [
      "http://169.254.169.254/latest/meta-data/",
      "http://[fd00:ec2::254]/latest/meta-data/",
      "http://100.100.100.200/latest/meta-data/",
      "http://192.0.0.192/",
      "http://168.63.129.16/metadata/v1",
      "http://[::ffff:a83f:8110]/metadata/v1",
      "http://[64:ff9b::a9fe:a9fe]/",
    ];
    for (const url of services) expect(await resultOf(url), url).toBe(NOT_PUBLIC);
  });

  test("by whatever one of its addresses is, and by no address, with the same words", async () => {
    const { guard } = guardOver({
      "inside.example": ["10.0.0.1"],
      "half.example": ["8.8.8.8", "192.168.0.1"],
      "mapped.example": ["::ffff:169.254.169.254"],
    });
    for (const name of ["inside", "half", "mapped", "unknown"])
      expect(await resultOf(`https://${name}.example/`, guard)).toBe(NOT_PUBLIC);
  });

  test("for a port that is no website's, before its name is looked up", async () => {
    const { guard, asked } = guardOver({ "a.example": ["8.8.8.8"] });
    for (const port of [0, 22, 25, 6379, 9200, 65535])
      expect(await resultOf(`http://a.example:${port}/`, guard)).toBe(
        "The URL names a port that is not allowed",
      );
    expect(asked).toEqual([]);
    for (const port of [80, 443, 8080, 8443])
      expect(await resultOf(`http://a.example:${port}/`, guard)).toEqual(["8.8.8.8"]);
  });

  test("for another scheme, credentials, or a form that cannot be read", () => {
    const wrong = [
      "ftp://a.example/x.jpg",
      "file:///etc/passwd",
      "gopher://127.0.0.1:6379/_INFO",
      "data:image/jpeg;base64,AAAA",
      "blob:https://a.example/1",
      "javascript:alert(1)",
      "https://user@a.example/",
      "https://:secret@a.example/",
      "//a.example/x.jpg",
      "a.example/x.jpg",
      "https://",
      "http://[fe80::1%25eth0]/",
      "http://a.example:65536/",
      "",
      `https://a.example/${"x".repeat(9000)}`,
    ];
    for (const url of wrong) expect(() => readUrl(url), url).toThrow(UrlRefused);
  });

  test("without telling what it holds", () => {
    for (const url of ["https://user:hunter2@a.example/", "ftp://hunter2.example/", "hunter2"]) {
      let message = "";
      try {
        readUrl(url);
      } catch (error) {
        message = JSON.stringify([String(error), (error as UrlRefused).hint]);
      }
      expect(message).toContain("URL");
      expect(message).not.toContain("hunter2");
    }
  });
});

describe("a URL is allowed", () => {
  test("to the addresses that were checked, asked for once", async () => {
    const { guard, asked } = guardOver({ "a.example": ["8.8.8.8", "2606:4700::1111"] });
    expect(await resultOf("https://A.example./x", guard)).toEqual(["8.8.8.8", "2606:4700::1111"]);
    expect(await resultOf("https://[2606:4700::1111]/x", guard)).toEqual(["2606:4700::1111"]);
    expect(asked).toEqual(["a.example"]);
  });

  test("to what the operator lists, on any port", async () => {
    const { guard } = guardOver({ "store.corp": ["10.0.0.7"] }, ["store.corp", "127.0.0.1"]);
    expect(await resultOf("http://store.corp:9000/x", guard)).toEqual(["10.0.0.7"]);
    expect(await resultOf("http://2130706433:9000/x", guard)).toEqual(["127.0.0.1"]);
    expect(await resultOf("http://127.0.0.2/x", guard)).toBe(NOT_PUBLIC);
  });
});

/** The ways in which one number of an IPv4 address can be written. */
const number = (value: number): fc.Arbitrary<string> =>
  fc.constantFrom(
    String(value),
    `0x${value.toString(16)}`,
    `0X${value.toString(16).toUpperCase()}`,
    `0x000${value.toString(16)}`,
    `0${value.toString(8)}`,
    `000${value.toString(8)}`,
  );

/** The ways in which an IPv4 address can be written: of one to four numbers, the last one with the rest. */
const spelled = (address: number): fc.Arbitrary<string> => {
  const byte = (at: number): number => Math.floor(address / 256 ** (3 - at)) % 256;
  const forms = [1, 2, 3, 4].map((parts) => {
    const numbers = Array.from({ length: parts - 1 }, (_, at) => number(byte(at)));
    return fc
      .tuple(...numbers, number(address % 256 ** (5 - parts)))
      .map((texts) => texts.join("."));
  });
  return fc.oneof(...forms);
};

/** The same characters in forms that names and numbers are read without. */
const disguised = (text: string): fc.Arbitrary<string> =>
  fc
    .constantFrom<(plain: string) => string>(
      (plain) => plain,
      (plain) => `${plain}.`,
      (plain) => plain.replaceAll(".", "。"),
      (plain) => plain.replaceAll(".", "%2e"),
      (plain) => plain.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
      (plain) => plain.replaceAll(/\d/g, (digit) => `%3${digit}`),
      (plain) =>
        plain.replaceAll(/[1-9]/g, (digit) => String.fromCodePoint(0x2460 + Number(digit) - 1)),
    )
    .map((disguise) => disguise(text));

const PRIVATE_NETWORKS: ReadonlyArray<readonly [number, number]> = [
  [0x0a000000, 2 ** 24],
  [0x7f000000, 2 ** 24],
  [0xa9fe0000, 2 ** 16],
  [0xac100000, 2 ** 20],
  [0xc0a80000, 2 ** 16],
  [0x64400000, 2 ** 22],
  [0xe0000000, 2 ** 28],
  [0xf0000000, 2 ** 28],
  [0, 2 ** 24],
];
const privateAddress = fc.oneof(
  ...PRIVATE_NETWORKS.map(([base, size]) =>
    fc.integer({ min: 0, max: size - 1 }).map((offset) => base + offset),
  ),
);

describe("whatever the spelling", () => {
  /** Takes every name for a public one: what is not seen to be an address is let through. */
  const open = createHostGuard(parseAllowList([]), { lookUp: async () => ["8.8.8.8"] });

  test("a private IPv4 address is refused", async () => {
    await fc.assert(
      fc.asyncProperty(privateAddress.chain(spelled).chain(disguised), async (host) => {
        const found = await resultOf(`http://${host}/latest`, open);
        expect(typeof found, `${host}: ${found}`).toBe("string");
      }),
      { numRuns: 2_000 },
    );
  });

  test("an IPv6 address that holds a private IPv4 address is refused", async () => {
    const wrapped = fc
      .tuple(
        privateAddress,
        fc.constantFrom("::ffff:", "::", "::ffff:0:", "64:ff9b::", "64:ff9b:1::", "2002:"),
      )
      .map(([address, prefix]) => {
        const groups = [address >>> 16, address & 0xffff].map((group) => group.toString(16));
        return prefix === "2002:" ? `2002:${groups.join(":")}::1` : prefix + groups.join(":");
      });
    await fc.assert(
      fc.asyncProperty(wrapped, async (host) => {
        expect(typeof (await resultOf(`http://[${host}]/`, open)), host).toBe("string");
      }),
      { numRuns: 1_000 },
    );
  });

  test("a public IPv4 address is the one that is connected to", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constant(0x08080404).chain(spelled).chain(disguised), async (host) => {
        const found = await resultOf(`http://${host}/`);
        // Some disguises are no number any more, and so a name, which nobody knows.
        if (typeof found !== "string") expect(found).toEqual(["8.8.4.4"]);
      }),
    );
  });

  test("nothing but an answer or a refusal comes of any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        await resultOf(text);
        await resultOf(`http://${text}/`);
      }),
    );
  });
});
