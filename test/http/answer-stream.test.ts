import { expect, test } from "bun:test";
import { AnswerStream } from "../../src/http/answer-stream.ts";

/** A source of endless pieces, which counts those taken and notes its end. */
function endless() {
  const state = { taken: 0, isCancelled: false };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        state.taken++;
        controller.enqueue(new Uint8Array(1024 * 1024).fill(state.taken));
      },
      cancel() {
        state.isCancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return Object.assign(state, { stream });
}

test("an answer is read from its source as it is read itself, in pieces", async () => {
  const source = endless();
  const answer = new AnswerStream(source.stream);
  const reader = answer.body.getReader();
  const read: Uint8Array[] = [];
  for (let piece = 0; piece < 8; piece++)
    read.push((await reader.read()).value ?? new Uint8Array());
  expect(source.taken).toBe(2);
  expect(Math.max(...read.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(256 * 1024);
  const bytes = Buffer.concat(read);
  expect([bytes.length, bytes[0], bytes.at(-1)]).toEqual([2 * 1024 * 1024, 1, 2]);
  await reader.cancel();
  await answer.ended;
  expect([answer.bytes, source.isCancelled]).toEqual([bytes.length, true]);
  expect(answer.brokenOff).toEqual({ by: "caller" });
});

test("a reader that hangs is given up, and the source with it", async () => {
  for (const reads of [0, 1]) {
    const source = endless();
    const answer = new AnswerStream(source.stream, { stallMs: 40 });
    const reader = answer.body.getReader();
    if (reads > 0) await reader.read();
    await answer.ended;
    expect(answer.brokenOff).toEqual({ by: "caller" });
    expect(source.isCancelled).toBe(true);
    expect(
      await reader.read().then(
        () => "more",
        () => "broken off",
      ),
    ).toBe("broken off");
  }
});

test("a source that sends a little now and then is given up in the end", async () => {
  let isCancelled = false;
  const drip = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await Bun.sleep(5);
      controller.enqueue(new Uint8Array(1));
    },
    cancel() {
      isCancelled = true;
    },
  });
  const answer = new AnswerStream(drip, { stallMs: 40, wholeMs: 100 });
  const whole = new Response(answer.body).bytes().then(
    () => "whole",
    () => "broken off",
  );
  expect(await whole).toBe("broken off");
  expect(isCancelled).toBe(true);
});

test("a source that fails breaks the answer off, and tells why to the log alone", async () => {
  const cause = new Error("the cause");
  const failing = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(cause),
  });
  const answer = new AnswerStream(failing);
  const failure = await new Response(answer.body).bytes().then(
    () => "whole",
    (error: unknown) => error,
  );
  expect(failure).toBeUndefined();
  expect(answer.brokenOff).toEqual({ by: "source", error: cause });
});

test("an answer that has come to its end is whole", async () => {
  const answer = new AnswerStream(new Blob(["all of it"]).stream());
  expect(await new Response(answer.body).text()).toBe("all of it");
  await answer.ended;
  expect([answer.bytes, answer.brokenOff]).toEqual([9, null]);
});
