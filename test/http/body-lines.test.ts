import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { operations, PassedThrough, withKey } from "../../src/http/route.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const MAX_BYTES = 4_000;
const MAX_LINE_BYTES = 100;

let asked = 0;
const { post } = operations("Test");
const listed = post(
  "/test/lines",
  {
    operationId: "postTestLines",
    summary: "Lines",
    access: withKey("read"),
    lines: {
      description: "A text a line.",
      maxBytes: MAX_BYTES,
      maxLineBytes: MAX_LINE_BYTES,
      examples: { "application/x-ndjson": "{}", "text/plain": "a" },
    },
    returns: PassedThrough,
  },
  async ({ lines, request }) => {
    asked++;
    const most = Number(request.headers.get("x-most") ?? Number.POSITIVE_INFINITY);
    const all: object[] = [];
    for await (const line of lines) {
      if (all.length === most) throw new Error("enough");
      all.push(line);
    }
    return { items: all };
  },
);
const service = await createTestService({ routes: [listed] });
afterAll(() => service.close());

const send = (body: BodyInit, headers: Record<string, string> = {}) =>
  service.request("POST", "/test/lines", { key: service.testKey, body, headers });

/** A body in pieces that are cut at these places. */
function inPieces(bytes: Uint8Array, cuts: readonly number[]): ReadableStream<Uint8Array> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
    (a, b) => a - b,
  );
  return new ReadableStream({
    start(controller) {
      places.slice(1).forEach((end, index) => {
        const piece = bytes.slice(places[index], end);
        if (piece.length > 0) controller.enqueue(piece);
      });
      controller.close();
    },
  });
}

describe("a body of lines", () => {
  test("is read line by line, with their numbers, however they end", async () => {
    const { body } = await send("first\r\n\n  second \n\nthird");
    expect(body.items).toEqual([
      { number: 1, text: "first" },
      { number: 3, text: "second" },
      { number: 5, text: "third" },
    ]);
    expect((await send("")).body.items).toEqual([]);
    expect((await send("\ufeffone\ntwo\n")).body.items).toEqual([
      { number: 1, text: "one" },
      { number: 2, text: "two" },
    ]);
  });

  test("has the same lines wherever its pieces are cut", async () => {
    const line = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 20 }),
      fc.constantFrom("", " ", "x".repeat(MAX_LINE_BYTES), "x".repeat(MAX_LINE_BYTES + 1)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (lines, cuts) => {
          const text = lines.join("\n");
          const expected = text.split("\n").flatMap((one, index): object[] => {
            if (Buffer.byteLength(one) > MAX_LINE_BYTES)
              return [{ number: index + 1, fault: expect.stringContaining("more than 100 bytes") }];
            const trimmed = one.trim();
            return trimmed === "" ? [] : [{ number: index + 1, text: trimmed }];
          });
          const { body } = await send(inPieces(new TextEncoder().encode(text), cuts));
          expect(body.items).toEqual(expected);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("tells lines that are no text from the others", async () => {
    const { body } = await send(Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a, 0x62]));
    expect(body.items).toEqual([
      { number: 1, text: "a" },
      { number: 2, fault: "the line is not valid UTF-8" },
      { number: 3, text: "b" },
    ]);
  });

  test("is refused when it is too large, declared or not", async () => {
    const large = new Uint8Array(MAX_BYTES + 1).fill(0x0a);
    expectProblem(await send(inPieces(large, [1_000])), "PayloadTooLarge");
    const before = asked;
    expectProblem(await send(large, { "Content-Length": String(large.length) }), "PayloadTooLarge");
    expect(asked).toBe(before);
  });

  test("comes with the content types of lists, and those that programs send by themselves", async () => {
    for (const type of [
      "application/x-ndjson",
      "application/x-ndjson; charset=utf-8",
      "application/jsonl",
      "text/plain",
      "text/csv",
      "application/octet-stream",
      "application/x-www-form-urlencoded",
    ])
      expect((await send("a", { "Content-Type": type })).body.items).toHaveLength(1);
    for (const type of ["application/json", "multipart/form-data; boundary=x", "text/html"])
      expectProblem(await send("a", { "Content-Type": type }), "UnsupportedMedia");
  });

  test("may be left before its end", async () => {
    const answer = await send(inPieces(Buffer.from("a\n".repeat(1_000)), [100, 200, 300]), {
      "X-Most": "2",
    });
    expectProblem(answer, "InternalError");
  });
});
