import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  parseHighlightRef,
  parseStoryRef,
  parseStoryUrl,
} from "../../src/instagram/story-links.ts";
import { InvalidInput } from "../../src/problems/problem.ts";

const RUNS = { numRuns: 500 };
const pk = fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }).map(String);
const start = fc
  .tuple(
    fc.constantFrom("", "http://", "https://", "HTTPS://"),
    fc.constantFrom("instagram.com", "www.instagram.com", "m.instagram.com", "INSTAGR.AM"),
  )
  .map((parts) => parts.join(""));
const end = fc.constantFrom("", "/", "/?igsh=abc%3D#x", "?utm_source=ig_story_item_share", " \n");

describe("links to stories", () => {
  test("give the pk in every form, also behind a username of digits", () => {
    fc.assert(
      fc.property(
        pk,
        start,
        fc.constantFrom("some.user", "2024"),
        end,
        (number, at, name, rest) => {
          const link = `${at}/stories/${name}/${number}${rest}`;
          const story = { pk: number, owner: null };
          expect([parseStoryUrl(link), parseStoryRef(link)]).toEqual([story, story]);
        },
      ),
      RUNS,
    );
  });

  test("of a highlight give story and owner, and the highlight", () => {
    fc.assert(
      fc.property(pk, pk, pk, start, (number, owner, highlight, at) => {
        const token = Buffer.from(`highlight:${highlight}`).toString("base64");
        for (const page of [`s/${token.replaceAll("=", "")}`, `stories/highlights/${highlight}/`]) {
          const link = `${at}/${page}?story_media_id=${number}_${owner}&igsh=x`;
          expect(parseStoryUrl(link)).toEqual({ pk: number, owner });
          expect(parseHighlightRef(link)).toBe(highlight);
        }
      }),
      RUNS,
    );
  });
});

test("ids are taken as they are, with the owner where it is told", () => {
  expect(parseStoryRef(" 3312345678901234567 ")).toEqual({
    pk: "3312345678901234567",
    owner: null,
  });
  expect(parseStoryRef("3312345678901234567_25025320")).toEqual({
    pk: "3312345678901234567",
    owner: "25025320",
  });
  expect(parseHighlightRef(" highlight:17895485201104054 ")).toBe("17895485201104054");
});

test("nothing but InvalidInput is thrown, and it names the field", () => {
  const texts = fc.oneof(fc.string({ unit: "binary" }), fc.webUrl(), fc.webPath());
  fc.assert(
    fc.property(texts, fc.constantFrom("", "stories/", "s/", "?story_media_id="), (text, page) => {
      for (const parse of [parseStoryRef, parseStoryUrl, parseHighlightRef])
        for (const value of [text, `https://www.instagram.com/${page}${text}`])
          try {
            parse(value, "the_field");
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInput);
            expect((error as InvalidInput).faults).toMatchObject([{ field: "the_field" }]);
          }
    }),
    RUNS,
  );
});
