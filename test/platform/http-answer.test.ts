import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { AnswerUnusable } from "../../src/instagram/client.ts";
import { AnswerReader, MAX_BODY_BYTES } from "../../src/platform/http-answer.ts";

/** Reads an answer that arrives in pieces cut at `cuts`; null when it is not complete. */
function read(bytes: Buffer, cuts: readonly number[] = []) {
  const reader = new AnswerReader();
  const places = [...cuts, bytes.length].sort((a, b) => a - b);
  let from = 0;
  let complete = false;
  for (const to of places) {
    if (to > from) complete = reader.push(bytes.subarray(from, to)) || complete;
    from = Math.max(from, to);
  }
  return complete || reader.end() ? reader.answer : null;
}

const chunked = (pieces: readonly Buffer[]): Buffer =>
  Buffer.concat([
    ...pieces
      .filter(({ length }) => length > 0)
      .flatMap((piece) => [
        Buffer.from(`${piece.length.toString(16)};ext=1\r\n`),
        piece,
        Buffer.from("\r\n"),
      ]),
    Buffer.from("0\r\nTrailer: x\r\n\r\n"),
  ]);

const pieces = fc.array(fc.uint8Array({ maxLength: 200 }).map(Buffer.from), { maxLength: 6 });
const cuts = fc.array(fc.nat(2_000), { maxLength: 12 });

describe("an answer", () => {
  test("is the same in whatever pieces it comes, and however its length is told", () => {
    fc.assert(
      fc.property(pieces, cuts, fc.constantFrom("length", "chunked", "end"), (parts, at, how) => {
        const body = Buffer.concat(parts);
        const told = {
          length: `Content-Length: ${body.length}\r\n`,
          chunked: "Transfer-Encoding: chunked\r\n",
          end: "",
        }[how];
        const head = Buffer.from(
          `HTTP/1.1 200 Fine\r\nSet-Cookie: a=1\r\nset-cookie:  b=2 \r\n${told}\r\n`,
        );
        const answer = read(Buffer.concat([head, how === "chunked" ? chunked(parts) : body]), at);
        expect(answer).toMatchObject({ status: 200, statusText: "Fine", reusable: how !== "end" });
        expect(answer?.headers.filter(([name]) => name === "set-cookie")).toEqual([
          ["set-cookie", "a=1"],
          ["set-cookie", "b=2"],
        ]);
        expect(answer?.body.equals(body)).toBe(true);
      }),
    );
  });

  test("that is cut off is none", () => {
    const whole = Buffer.concat([
      Buffer.from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
      chunked([Buffer.from("some text")]),
    ]);
    for (let length = 0; length < whole.length; length++)
      expect(read(whole.subarray(0, length))).toBeNull();
    expect(read(whole)?.body.toString()).toBe("some text");
  });

  test("comes after early hints, and without a body where its status has none", () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    const answer = read(Buffer.from(`${hints}HTTP/1.1 204 No Content\r\n\r\n`), [30, 60]);
    expect(answer).toMatchObject({ status: 204, reusable: true });
    expect(answer?.headers).toEqual([]);
  });

  test("spoils its connection when more comes than was asked for, or it says so", () => {
    const ok = "Content-Length: 2\r\n\r\nok";
    const isReusable = (text: string): boolean | undefined => read(Buffer.from(text))?.reusable;
    expect(isReusable(`HTTP/1.1 200 OK\r\n${ok}`)).toBe(true);
    expect(isReusable(`HTTP/1.1 200 OK\r\n${ok}HTTP/1.1 200 OK\r\n`)).toBe(false);
    expect(isReusable(`HTTP/1.1 200 OK\r\nConnection: close\r\n${ok}`)).toBe(false);
    expect(isReusable(`HTTP/1.0 200 OK\r\n${ok}`)).toBe(false);
  });

  const head = "HTTP/1.1 200 OK\r\n";
  const unusable: Record<string, string> = {
    "that is no HTTP": "SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "with two lengths": `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`,
    "with a length that is none": `${head}Content-Length: -1\r\n\r\n`,
    "with a header that is none": `${head}no header\r\n\r\n`,
    "with a chunk that does not say its size": `${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    "with a chunk longer than it says": `${head}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`,
    "whose head does not end": `${head}X: ${"a".repeat(70_000)}`,
    "whose trailer does not end": `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n${"A: b\r\n".repeat(20_000)}`,
    "whose line does not end": `${head}Transfer-Encoding: chunked\r\n\r\n1;${"a".repeat(9_000)}`,
    "that never comes after its early hints": "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(3_000),
    "in more chunks than anybody sends": `${head}Transfer-Encoding: chunked\r\n\r\n${"1\r\na\r\n".repeat(70_000)}`,
    "that announces too much": `${head}Content-Length: ${MAX_BODY_BYTES + 1}\r\n\r\n`,
    "that announces too large a chunk": `${head}Transfer-Encoding: chunked\r\n\r\n7fffffff\r\n`,
  };
  for (const [what, text] of Object.entries(unusable))
    test(`${what} cannot be used`, () => {
      expect(() => read(Buffer.from(text))).toThrow(AnswerUnusable);
    });

  test("is read no further than the limit when it does not end", () => {
    for (const coding of ["", "Transfer-Encoding: chunked\r\n"]) {
      const reader = new AnswerReader();
      reader.push(Buffer.from(`${head}${coding}\r\n`));
      const piece = Buffer.concat([
        Buffer.from(coding ? "100000\r\n" : ""),
        Buffer.alloc(1 << 20),
        Buffer.from(coding ? "\r\n" : ""),
      ]);
      const all = (): void => {
        for (let n = 0; n < 40; n++) reader.push(piece);
      };
      expect(all).toThrow(AnswerUnusable);
    }
  });
});
