import { expect, test } from "bun:test";
import fc from "fast-check";
import { cleanSessionId } from "../../src/sessions/session-id.ts";

const plain = "1234567890:AbCdEfGh:12:AYd-xyz_1";

test("a session id is cleaned of what clients put around it", () => {
  const spellings = [
    plain,
    ` ${plain}\n`,
    `"${plain}"`,
    `'${plain}'`,
    `\\"${plain}\\"`,
    `"\\"${plain}\\""`,
    encodeURIComponent(plain),
    encodeURIComponent(encodeURIComponent(plain)),
    `"${encodeURIComponent(plain)}"`,
    encodeURIComponent(`"${plain}"`),
    plain.replaceAll(":", "%3a"),
  ];
  for (const spelling of spellings) expect(cleanSessionId(spelling)).toBe(plain);
});

test("what is no session id does not fail", () => {
  expect(cleanSessionId("")).toBe("");
  expect(cleanSessionId(' "" ')).toBe("");
  expect(cleanSessionId("\\")).toBe("\\");
  expect(cleanSessionId("%")).toBe("%");
  expect(cleanSessionId("%E0%A4%A")).toBe("%E0%A4%A");
});

test("property: any quoting and encoding of an id gives the id", () => {
  const id = fc
    .array(fc.stringMatching(/^[A-Za-z0-9_-]+$/), { minLength: 2, maxLength: 5 })
    .map((parts) => parts.join(":"));
  const quotes = fc.constantFrom("", '"', "'", '\\"', ' "');
  fc.assert(
    fc.property(id, quotes, fc.nat(2), (value, quote, times) => {
      let text = value;
      for (let pass = 0; pass < times; pass++) text = encodeURIComponent(text);
      expect(cleanSessionId(quote + text + quote)).toBe(value);
    }),
  );
});

test("property: any text is taken", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(cleanSessionId(text).length).toBeLessThanOrEqual(text.length);
    }),
  );
});
