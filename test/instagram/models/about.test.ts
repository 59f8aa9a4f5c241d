import { expect, test } from "bun:test";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import fc from "fast-check";
import { About, readAbout } from "../../../src/instagram/models/about.ts";
import { ignoreDrift } from "../../support/models/drift.ts";

// The results are those of the recorded client for the same pages.

const NOTHING = { username: "", is_verified: false, country: "", date: "", former_usernames: "" };

const page = (texts: string, data = "[]"): string =>
  `{"layout":{"bloks_payload":{"data":${data},"tree":{"children":[${texts}]}}},"status":"ok"}`;
const country = (initial: string): string => `[{"id":"x","data":{"key":"k","initial":${initial}}}]`;
const text = (value: string, weight = "normal"): string =>
  `{"bk.components.Text":{")":"${value}","*":"14sp","-":"${weight}"}}`;
const read = (answer: string) => readAbout(answer, ignoreDrift);

const FULL = [
  text("instagram", "bold"),
  text("To help keep our community authentic, we show this"),
  text("Date joined"),
  text("October 2010"),
  text("Account based in"),
  text("Former usernames"),
  text("See more"),
  text("2"),
  text("Verified"),
  text("May 2015"),
].join(",");
const OF_FULL = {
  username: "instagram",
  is_verified: true,
  country: "United States",
  date: "October 2010",
  former_usernames: "2",
};

test("a page is read by its texts and what stands around them", () => {
  expect(read(page(FULL, country('"United States"')))).toEqual(OF_FULL);
});

test("a page may be written with blanks and escapes", () => {
  const spaced = page(FULL, country('"United \\u0053tates"'))
    .replaceAll(/(?<=[:,])(?=["[{])/g, " ")
    .replaceAll("joined", "\\u006aoined");
  expect(spaced).not.toBe(page(FULL, country('"United States"')));
  expect(read(spaced)).toEqual(OF_FULL);
});

test("the order of a node's fields counts, also where they are numbers", () => {
  const node = '{"t":{")":"some.name","7":"x","0":"bold"}}';
  expect(read(page(`${node},${text("Date joined")},${text("Mai 2012")}`))).toEqual({
    ...NOTHING,
    username: "some.name",
    date: "Mai 2012",
  });
});

test("a field that was added to the name's node does not hide the name", () => {
  const node = '{"t":{")":"some.name","-":"bold","+":"new"}}';
  expect(read(page(node)).username).toBe("some.name");
});

test("what a page does not show is empty", () => {
  expect(read(page(""))).toEqual(NOTHING);
  expect(read('{"status":"ok"}')).toEqual(NOTHING);
  expect(read(page("", country("null")))).toEqual({ ...NOTHING, country: null } as never);
  expect(read(page(text("Date joined")))).toEqual(NOTHING);
});

test("a page for older app versions has another form", () => {
  const columns = [
    '{"x":"stretch"}',
    '{"y":"center","&":"old.name","z":"q"}',
    '{"x":"stretch"}',
    '{"x":"stretch"}',
    '{"x":"stretch"}',
    '{"&":"March 2011","c":1}',
  ];
  const old = page(
    `"space_evenly",${columns.join(",")}`,
    '[{"data":{"initial_lispy":"(bk.x \\"Brazil\\")"}}]',
  );
  expect(read(old)).toEqual({
    ...NOTHING,
    username: "old.name",
    country: "Brazil",
    date: "March 2011",
  });
});

test("any page fits the schema", () => {
  const schema = TypeCompiler.Compile(About.schema);
  const piece = fc.constantFrom(
    '")":',
    "Date joined",
    "Former usernames",
    '"bold"}',
    "space_evenly",
    "stretch",
    ",",
  );
  const texts = fc.array(fc.oneof(piece, fc.string()), { maxLength: 12 });
  fc.assert(
    fc.property(texts, fc.json(), (values, data) => {
      const tree = JSON.stringify(values);
      for (const answer of [page(tree, data), page(tree, `[{"data":${data}}]`), data])
        expect(schema.Check(read(answer))).toBe(true);
    }),
  );
});
