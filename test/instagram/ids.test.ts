import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  directId,
  linkSegmentAfter,
  normalizeLoginName,
  normalizeUsername,
  numericId,
  parseMediaRef,
  parsePostUrl,
  pkOfMediaId,
  pkOfShortcode,
  shortcodeOfPk,
  threadId,
} from "../../src/instagram/ids.ts";
import { InvalidInput } from "../../src/problems/problem.ts";

const MAX = (1n << 64n) - 1n;
const pk = fc.bigInt(0n, MAX).map(String);
const RUNS = { numRuns: 500, seed: 20_261_124 };

describe("a shortcode", () => {
  test("is the pk in base 64, as known posts show", () => {
    for (const [number, code] of [
      ["2110901750722920960", "B1LbfVPlwIA"],
      ["2278584739065882267", "B-fKL9qpeab"],
      ["3456807596841803701", "C_5DDHCoJ-1"],
      ["0", "A"],
      ["63", "_"],
      ["64", "BA"],
      [String(MAX), "P__________"],
    ] as const) {
      expect(shortcodeOfPk(number)).toBe(code);
      expect(pkOfShortcode(code)).toBe(number);
    }
  });

  test("leads back to its pk, for every 64-bit number", () => {
    fc.assert(
      fc.property(pk, (number) => {
        expect(pkOfShortcode(shortcodeOfPk(number))).toBe(number);
        expect(pkOfShortcode(` ${shortcodeOfPk(number)}\n`)).toBe(number);
      }),
      RUNS,
    );
  });

  test("may have the secret tail of a private post", () => {
    fc.assert(
      fc.property(fc.bigInt(1n << 60n, MAX), fc.stringMatching(/^[\w-]{1,28}$/), (number, tail) => {
        expect(pkOfShortcode(shortcodeOfPk(String(number)) + tail)).toBe(String(number));
      }),
      RUNS,
    );
  });

  test("is refused when it is none", () => {
    for (const code of ["", " ", "B-fKL9qpea!", "ä", "a b", "Q__________", "___________"])
      expect(() => pkOfShortcode(code)).toThrow(InvalidInput);
  });
});

describe("an id", () => {
  test("stays what it is, without leading zeros and to the last digit", () => {
    fc.assert(
      fc.property(pk, pk, (number, owner) => {
        expect(numericId(number, "pk")).toBe(number);
        expect(numericId(` ${number} `, "pk")).toBe(number);
        expect(pkOfMediaId(number)).toBe(number);
        expect(pkOfMediaId(`${number}_${owner}`)).toBe(number);
      }),
      RUNS,
    );
    expect(numericId("00042", "pk")).toBe("42");
  });

  test("is refused past 64 bits and where it is no number", () => {
    for (const text of [
      String(MAX + 1n),
      "1".repeat(21),
      "",
      "-1",
      "1.0",
      "1e3",
      "0x1",
      "٣",
      "1_2_3",
    ])
      expect(() => pkOfMediaId(text)).toThrow(InvalidInput);
    for (const text of ["1_", "_1", "1_x"]) expect(() => pkOfMediaId(text)).toThrow(InvalidInput);
  });
});

describe("parseMediaRef", () => {
  test("reads ids, shortcodes and links; only an id tells the owner", () => {
    const pk = "2278584739065882267";
    expect(parseMediaRef(` ${pk}_25025320\n`)).toEqual({ pk, owner: "25025320" });
    for (const name of [pk, `0${pk}`, "B-fKL9qpeab", "https://instagram.com/p/B-fKL9qpeab/?x=1_2"])
      expect(parseMediaRef(name)).toEqual({ pk, owner: null });
    // With the tail of a private post's shortcode.
    expect(parseMediaRef(`B-fKL9qpeab${"x".repeat(28)}`)).toEqual({ pk, owner: null });
  });

  test("refuses everything else, and says in which field", () => {
    const wrong = [
      "",
      "12a",
      "-1",
      "1_",
      "_1",
      "1_2_3",
      "1.5",
      "18446744073709551616",
      "1_99999999999999999999",
    ];
    wrong.push("@instagram", "B-fKL9qpea b", "https://example.com/p/B-fKL9qpeab/", "x".repeat(65));
    wrong.push("https://www.instagram.com/share/p/BAxyzxyz/");
    for (const text of wrong) expect(() => parseMediaRef(text, "post"), text).toThrow(/^post /);
  });
});

test("linkSegmentAfter reads what a link names behind a path, and nothing in any other text", () => {
  for (const [text, name] of [
    ["https://www.instagram.com/explore/tags/berlin/", "berlin"],
    [" instagram.com/explore/tags/gr%C3%B6%C3%9Fe?hl=de#x ", "größe"],
    ["m.instagram.com/explore/tags/größe/recent/", "größe"],
    ["instagram.com/explore/tags/50%25%zz", "50%25%zz"],
    ["instagram.com/explore/tags/", ""],
    ["instagram.com/explore/locations/5/", null],
    ["https://example.com/explore/tags/berlin/", null],
    ["/explore/tags/berlin/", null],
    ["berlin", null],
    ["", null],
  ] as const)
    expect(linkSegmentAfter("/explore/tags/", text), text).toBe(name);
});

describe("parsePostUrl", () => {
  const HOSTS = ["instagram.com", "www.instagram.com", "m.instagram.com", "INSTAGR.AM"];

  test("reads the post in every form of link", () => {
    fc.assert(
      fc.property(
        pk,
        fc.constantFrom("", "http://", "https://", "HTTPS://"),
        fc.constantFrom(...HOSTS),
        fc.constantFrom("p", "reel", "reels", "tv", "some.user/p", "p_/reel"),
        fc.constantFrom("", "/", "/?img_index=1", "?igsh=abc%3D#x", "/#comments", "/liked_by/"),
        (number, scheme, host, kind, end) => {
          const url = `${scheme}${host}/${kind}/${shortcodeOfPk(number)}${end}`;
          expect(parsePostUrl(url)).toEqual({ kind: "post", pk: number });
          expect(parsePostUrl(`  ${url}\n`)).toEqual({ kind: "post", pk: number });
        },
      ),
      RUNS,
    );
  });

  test("keeps share links for the web, on Instagram's own host", () => {
    for (const link of [
      "https://www.instagram.com/share/p/BAabcdef12/",
      "instagram.com/share/reel/BAabcdef12",
      "https://evil.instagram.com/share/BAabcdef12?x=1",
    ]) {
      const result = parsePostUrl(link);
      expect(result).toMatchObject({ kind: "share" });
      expect(new URL(result.kind === "share" ? result.url : "").origin).toBe(
        "https://www.instagram.com",
      );
    }
  });

  test("refuses other hosts, other schemes and pages that are no post", () => {
    for (const link of [
      "",
      "https://example.com/p/B-fKL9qpeab/",
      "https://instagram.com.evil.example/p/B-fKL9qpeab/",
      "https://www.instagram.com@evil.example/p/B-fKL9qpeab/",
      "https://notinstagram.com/p/B-fKL9qpeab/",
      "ftp://www.instagram.com/p/B-fKL9qpeab/",
      "javascript:alert(1)//www.instagram.com/p/B-fKL9qpeab/",
      "https://www.instagram.com/",
      "https://www.instagram.com/instagram/",
      "https://www.instagram.com/p/",
      "https://www.instagram.com/p/!!!/",
      "https://www.instagram.com/share/",
      "https://www.instagram.com/share/p/a%2F..%2Fb/",
      "https://www.instagram.com/stories/instagram/123/",
      "https://www.instagram.com/instagram/followers/",
      "https://www.instagram.com/explore/tags/cats/",
      "https://www.instagram.com/reels/audio/1234567890/",
    ])
      expect(() => parsePostUrl(link), link).toThrow(InvalidInput);
  });

  test("never throws anything but InvalidInput", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.webPath()), (text) => {
        for (const url of [text, `https://www.instagram.com/${text}`])
          try {
            expect(parsePostUrl(url).kind).toBeOneOf(["post", "share"]);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInput);
          }
      }),
      RUNS,
    );
  });
});

describe("names as people type them", () => {
  test("of an account: the at sign, capitals and blanks go", () => {
    expect(normalizeUsername(" @Some.Name_1 ")).toBe("some.name_1");
    for (const name of ["", "@", "a b", "a/b", "a".repeat(31), "ä", "a?b", "../x"])
      expect(() => normalizeUsername(name)).toThrow(InvalidInput);
    expect(() => normalizeUsername("a b", "user_id", "a pk or a username")).toThrow(
      "user_id must be a pk or a username: up to 30 letters, digits, dots and underscores",
    );
  });

  test("of an account: a link to its profile", () => {
    for (const link of [
      "https://www.instagram.com/Some.Name_1/",
      " instagram.com/some.name_1?igsh=x ",
      "http://instagram.com/some.name_1#x",
    ])
      expect(normalizeUsername(link), link).toBe("some.name_1");
    for (const link of [
      "https://www.instagram.com/",
      "https://www.instagram.com/p/B-fKL9qpeab/",
      "https://example.com/some.name_1/",
      "https://www.instagram.com/%0a/",
    ])
      expect(() => normalizeUsername(link), link).toThrow(InvalidInput);
  });

  test("of a login: e-mail addresses and phone numbers too", () => {
    expect(normalizeLoginName(" Me+x@Example.co.uk ")).toBe("me+x@example.co.uk");
    expect(normalizeLoginName("+1 (555) 010-0000")).toBe("+15550100000");
    expect(normalizeLoginName("@Some.Name")).toBe("some.name");
    for (const name of ["", "a b", "a@b", "@b.c@", "a@b@c.de", "12 3+4567", "a@b.c\n@d.de"])
      expect(() => normalizeLoginName(name)).toThrow(InvalidInput);
  });
});

describe("an id of Direct", () => {
  const LARGEST = (1n << 128n) - 1n;

  test("keeps every digit of 128 bits", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, LARGEST).map(String), (id) => {
        expect(directId(` ${id} `, "message_id")).toBe(id);
        expect(threadId(id)).toBe(id);
        expect(threadId(`https://www.instagram.com/direct/t/${id}/`)).toBe(id);
        expect(threadId(`instagram.com/direct/t/${id}`)).toBe(id);
      }),
      RUNS,
    );
  });

  test("is refused past 128 bits and where it is no number", () => {
    const wrong = [String(LARGEST + 1n), "9".repeat(5000), "", "-1", "1.0", "0x1", "abc"];
    const links = ["https://www.instagram.com/direct/inbox/", "https://example.com/direct/t/1/"];
    for (const text of wrong) expect(() => directId(text, "message_id")).toThrow(InvalidInput);
    for (const text of [...wrong, ...links]) expect(() => threadId(text)).toThrow(InvalidInput);
  });
});
