import { afterAll, describe, expect, test } from "bun:test";
import { parseExact } from "../../src/instagram/json.ts";
import { differences } from "../support/wire/compare.ts";
import { deviationOf, isNotRouted, isWebAlone } from "../support/wire/deviations.ts";
import { filesIn, isDownload, recordedFiles } from "../support/wire/downloads.ts";
import { Replayer } from "../support/wire/replay.ts";
import { recordedResult, SESSION_ID_RESULTS, withUpstreamCursors } from "../support/wire/result.ts";
import { fixture, nameOf } from "../support/wire/trace.ts";

const replayer = Replayer.start();
afterAll(() => replayer.close());
const operations = await replayer.operations();
const replayed = fixture.traces.filter(
  (trace) => operations.has(trace.operationId) && !isWebAlone(trace) && !isNotRouted(trace),
);

describe("recorded traffic", () => {
  for (const trace of replayed)
    test(nameOf(trace), async () => {
      const { expected, sent, answer, placeholders, settings } = await replayer.replay(trace);

      const shown = sent.map(({ call }) => `${call.method} ${new URL(call.url).pathname}`);
      expect({ requests: shown, answer: answer.text.slice(0, 300) }).toMatchObject({
        requests: { length: expected.length },
      });
      const found = sent.flatMap((request, index) =>
        differences(expected[index]!, request, placeholders).map(
          (difference) => `${shown[index]}: ${difference}`,
        ),
      );
      expect(found).toEqual([]);

      const isFaulty = deviationOf(trace)?.result !== undefined;
      const status = isFaulty ? 200 : trace.result.status;
      expect(answer.status).toBe(status);
      if (status !== 200) {
        const { exc_type } = JSON.parse(trace.result.text);
        expect(answer.body.exc_type).toBe(exc_type);
      } else if (SESSION_ID_RESULTS.has(trace.operationId)) {
        expect(answer.body).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
        expect(settings.authorization_data.sessionid).toBe(JSON.parse(trace.result.text));
      } else if (isDownload(trace)) expect(filesIn(answer)).toEqual(await recordedFiles(trace));
      else expect(withUpstreamCursors(parseExact(answer.text))).toEqual(recordedResult(trace));
      expect(Number(answer.headers.get("gramway-upstream-calls"))).toBe(expected.length);
    });
});

test("only calls that the web answered alone have nothing to replay", () => {
  expect(fixture.traces.filter(isWebAlone).map(nameOf)).toEqual([
    "getMedia: web surface answers",
    "getUser: user_id, web surface answers",
    "getUser: username, web surface answers",
    "getUserUsernameFromId: web surface answers",
  ]);
});

test("the first slice's operations are among what is replayed", () => {
  const names = new Set(replayed.map((trace) => trace.operationId));
  for (const operation of [
    "getMedia",
    "getUserFollowers",
    "postAuthLogin",
    "patchAuthRelogin",
    "postAuthChallengeResolve",
  ])
    expect(names).toContain(operation);
});
