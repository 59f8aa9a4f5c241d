import { expect, test } from "bun:test";
import type { Line } from "../../src/lines.ts";
import { importBatches, MAX_ENTRIES } from "../../src/sessions/import/batches.ts";
import { type Entry, MAX_ENTRY_BYTES } from "../../src/sessions/import/entries.ts";
import type { Outcome } from "../../src/sessions/import/outcome.ts";

const outcomesOf = (entries: readonly Entry[]): Outcome[] =>
  entries.map(({ line }) => ({
    line,
    outcome: "created",
    sessionId: null,
    username: null,
    fault: null,
    lacks: [],
  }));

/** Takes batches, and notes how large they are and how far the lines were read ahead. */
function measured() {
  const seen = { batches: 0, entries: 0, mostEntries: 0, mostCharacters: 0, mostAhead: 0, read: 0 };
  const take = async (entries: readonly Entry[]): Promise<Outcome[]> => {
    seen.batches++;
    seen.entries += entries.length;
    seen.mostEntries = Math.max(seen.mostEntries, entries.length);
    const characters = entries.reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
    seen.mostCharacters = Math.max(seen.mostCharacters, characters);
    seen.mostAhead = Math.max(seen.mostAhead, seen.read - seen.entries);
    return outcomesOf(entries);
  };
  async function* lines(texts: Iterable<string>): AsyncGenerator<Line> {
    let number = 0;
    for (const text of texts) {
      seen.read++;
      yield { number: ++number, text };
    }
  }
  return { seen, take, lines };
}

function* repeated(text: string, times: number): Generator<string> {
  for (let count = 0; count < times; count++) yield text;
}

test("an import holds one batch of lines, however many there are, and reads nothing ahead", async () => {
  const { seen, take, lines } = measured();
  let told = 0;
  for await (const outcomes of importBatches({ take }, lines(repeated("x", 20_000))))
    told += outcomes.length;
  expect(told).toBe(20_000);
  expect(seen.mostEntries).toBe(100);
  expect(seen.mostAhead).toBeLessThanOrEqual(1);
});

test("a batch of long lines is bounded by their length", async () => {
  const { seen, take, lines } = measured();
  const long = "x".repeat(MAX_ENTRY_BYTES);
  for await (const _outcomes of importBatches({ take }, lines(repeated(long, 60))));
  expect(seen.entries).toBe(60);
  expect(seen.mostCharacters).toBeLessThanOrEqual(1024 * 1024 + MAX_ENTRY_BYTES);
});

test("a cookie file without an end is one entry that is too long, and holds no more", async () => {
  const { seen, take, lines } = measured();
  function* endless() {
    yield "# Netscape HTTP Cookie File";
    yield* repeated(`.example.com\tTRUE\t/\tTRUE\t0\tname\t${"x".repeat(1_000)}`, 5_000);
  }
  const faults: unknown[] = [];
  const taking = async (entries: readonly Entry[]) => {
    for (const entry of entries) faults.push(entry.text === null ? entry.fault : entry.text);
    return take(entries);
  };
  for await (const _outcomes of importBatches({ take: taking }, lines(endless())));
  expect(faults).toEqual([`the cookie jar is longer than ${MAX_ENTRY_BYTES} bytes`]);
  expect(seen.entries).toBe(1);
});

test("more logins than an import may have end it, and what came before is told of", async () => {
  const { take, lines } = measured();
  let told = 0;
  const importing = async () => {
    for await (const outcomes of importBatches({ take }, lines(repeated("x", MAX_ENTRIES + 5))))
      told += outcomes.length;
  };
  expect(await importing().catch((error) => error.kind)).toBe("PayloadTooLarge");
  expect(told).toBe(MAX_ENTRIES);
});

test("whoever stops reading ends the import after the batch under way", async () => {
  const { seen, take, lines } = measured();
  for await (const _outcomes of importBatches({ take }, lines(repeated("x", 10_000)))) break;
  expect(seen.batches).toBe(1);
});
