import { expect, test } from "bun:test";
import fc from "fast-check";
import { readTinyDbRows, TinyDbInvalid } from "../../src/sessions/tinydb-rows.ts";

/** A file that is read in pieces of these lengths. */
function inPieces(text: string, length: number): Blob {
  const bytes = new TextEncoder().encode(text);
  const blob = new Blob([bytes]);
  blob.stream = () =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += length)
          controller.enqueue(bytes.slice(at, at + length));
        controller.close();
      },
    }) as ReturnType<Blob["stream"]>;
  return blob;
}

async function rowsOf(file: Blob): Promise<[string, string | null][]> {
  const rows: [string, string | null][] = [];
  for await (const { row, text } of readTinyDbRows(file)) rows.push([row, text]);
  return rows;
}

test("property: any rows of any tables are found, however the file is cut into pieces", async () => {
  const tables = fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()));
  await fc.assert(
    fc.asyncProperty(
      tables,
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom(undefined, 2),
      async (database, length, indent) => {
        const found = await rowsOf(inPieces(JSON.stringify(database, null, indent), length));
        expect(found.map(([row, text]) => [row, JSON.parse(text ?? "")])).toEqual(
          Object.entries(JSON.parse(JSON.stringify(database)) as typeof database).flatMap(
            ([table, rows]) =>
              Object.entries(rows).map(([key, value]) => [
                table === "_default" ? key : `${table}/${key}`,
                value,
              ]),
          ),
        );
      },
    ),
    { numRuns: 200 },
  );
}, 60_000);

test("property: a text is taken for a database only when it is JSON, but for what rows hold", async () => {
  const piece = fc.constantFrom("{", "}", "[", "]", ",", ":", '"a"', '"', "1", " ", "null", "\\");
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const text = pieces.join("");
      const rows = await rowsOf(new Blob([text])).catch((error: unknown) => error);
      if (rows instanceof TinyDbInvalid) return;
      // What was accepted is JSON once its rows are.
      let whole = text;
      for (const [, row] of rows as [string, string][]) whole = whole.replace(row, "0");
      expect(() => JSON.parse(whole), text).not.toThrow();
    }),
    { numRuns: 1000 },
  );
}, 60_000);

test("a row that is longer than any can be is left out, and costs no memory", async () => {
  const long = `"${"x".repeat(5 * 1024 * 1024)}"`;
  const rows = await rowsOf(new Blob([`{"_default": {"1": ${long}, "2": {"a": 1}}}`]));
  expect(rows).toEqual([
    ["1", null],
    ["2", '{"a": 1}'],
  ]);
});

test("what is no database, or ends too early, is refused", async () => {
  const sound = '{"_default": {"1": {"a": "}"}}}';
  expect(await rowsOf(new Blob([`\uFEFF ${sound}\n`]))).toHaveLength(1);
  for (let length = 0; length < sound.length; length++)
    await expect(
      rowsOf(new Blob([sound.slice(0, length)])),
      sound.slice(0, length),
    ).rejects.toBeInstanceOf(TinyDbInvalid);
  for (const text of [`${sound}x`, `${sound}{}`, "[]", '{"t": [1]}', '{"t": "x"}', '{"t": {,}}'])
    await expect(rowsOf(new Blob([text])), text).rejects.toBeInstanceOf(TinyDbInvalid);
});
