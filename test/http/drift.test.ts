import { beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  type ExactJson,
  type ExactJsonObject,
  parseExact,
  stringifyJson,
} from "../../src/instagram/json.ts";
import { contractOf } from "../support/contract.ts";
import { faultsOfReturns } from "../support/contract-models.ts";
import { expectProblemForm } from "../support/problems.ts";
import { acts, sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";
import { HurriedTime } from "../support/uploads.ts";

/*
 * What Instagram changes about its answers, tried on every operation: fields that come, go, become
 * null or of another type. The answer stays valid, or says in the upstream's terms that what
 * was asked for is not there.
 */

type Change = "drop" | "null" | "text" | "number" | "list" | "object" | "add";
/** One change, and where: a part of the way through all the places of an answer. */
type Mutation = { at: number; change: Change };

const mutation: fc.Arbitrary<Mutation> = fc.record({
  // Without a bias: the outermost fields would be hit in nearly every run.
  at: fc.noBias(fc.integer({ min: 0, max: 999_999 })).map((part) => part / 1_000_000),
  change: fc.constantFrom<Change>("drop", "null", "text", "number", "list", "object", "add"),
});

const RUNS = { numRuns: 40, seed: 20_261_124, endOnFailure: true };

/** Many calls are made in one test: a busy machine may take its time. */
const LONG_MS = 60_000;

/** What to do to the answers; nothing while a test prepares. */
let mutations: readonly Mutation[] = [];
const sandbox = await sandboxOfFile(new HurriedTime().options);
beforeEach(() => void sandbox.instagram.on(/./, (_asked, usual) => mutated(usual)));

const asking = sandbox.entries.filter(
  (entry) => acts(entry) || (entry.method === "GET" && /session/.test(entry.access.kind)),
);

/**
 * What a missing part stands for: the refusals that Instagram gives where there is nothing, an
 * account that its own answer does not name, a profile without what it counts, and a cursor or id
 * that Instagram gave and then does not take.
 */
const ABSENT = /NotFound$|^(?:UserError|MediaError)$/;
const NONSENSE =
  /names no (?:account|message|thread|note|highlight|comment|verdict|post|file)|names an offset outside of the file|is no whole profile|^Missing or invalid parameter/;

/** Their answers have few fields, and something hangs on most of them. */
const SHORT_ANSWERS = new Set(["postDirectVideo", "postDirectVoice"]);

describe("answers of a changed upstream are valid", () => {
  for (const entry of asking) {
    const { operationId } = entry;
    test(
      operationId,
      async () => {
        const returns = contractOf(operationId)?.returns ?? "";
        let answered = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 4 }), async (given) => {
            mutations = given;
            const answer = await sandbox.call(entry).finally(() => {
              mutations = [];
            });
            if (answer.status === 200) {
              answered++;
              // A file is Instagram's as it is.
              if (entry.fileTypes) return;
              expect(faultsOfReturns(returns, answer.body), answer.text.slice(0, 300)).toEqual([]);
            } else expectAbsence(answer);
          }),
          RUNS,
        );
        // Most changes are to fields that nothing hangs on.
        const least = SHORT_ANSWERS.has(operationId) ? 0 : RUNS.numRuns / 3;
        expect(answered).toBeGreaterThan(least);
      },
      LONG_MS,
    );
  }
});

test(
  "fields that Instagram adds change nothing in a mapped answer",
  async () => {
    for (const entry of asking) {
      const returns = contractOf(entry.operationId)?.returns ?? "";
      if (returns.includes("Dict")) continue;
      const before = await sandbox.call(entry);
      mutations = Array.from({ length: 30 }, (_, index) => ({ at: index / 30, change: "add" }));
      const after = await sandbox.call(entry).finally(() => {
        mutations = [];
      });
      // What an action has made has a time and an id of its own.
      if (acts(entry) && returns !== "bool") expect(fieldsOf(after)).toEqual(fieldsOf(before));
      else expect(shown(after), entry.operationId).toBe(shown(before));
    }
  },
  LONG_MS,
);

/** What is passed through as it is shows what was added. */
const shown = ({ text }: Answer): string => text.replaceAll(/,?"added_by_upstream":"new"/g, "");

/** What is known of a Reel as such has several forms, which two posts need not share. */
const fieldsOf = ({ body }: Answer): string[] =>
  [...placesIn({ ...body, clips_metadata: null })]
    .map(({ key }) => key)
    .filter((key) => key !== "added_by_upstream");

function expectAbsence(answer: Answer): void {
  expectProblemForm(answer, answer.text);
  const { exc_type, detail } = answer.body;
  expect(ABSENT.test(exc_type) || NONSENSE.test(detail), answer.text).toBe(true);
}

/** The sandbox's answer, changed where it is JSON. */
async function mutated(usual: () => Promise<Response>): Promise<Response> {
  const response = await usual();
  if (mutations.length === 0 || response.status !== 200) return response;
  if (!response.headers.get("content-type")?.includes("json")) return response;
  const body = mutations.reduce(changed, parseExact(await response.text()));
  return new Response(stringifyJson(body), response);
}

interface Place {
  parent: ExactJsonObject | ExactJson[];
  key: string;
}

function changed(body: ExactJson, { at, change }: Mutation): ExactJson {
  const places = [...placesIn(body)].filter(
    ({ parent, key }) => parent !== body || key !== "status",
  );
  const place = places[Math.floor(at * places.length)];
  if (place === undefined) return body;
  const parent = place.parent as Record<string, ExactJson>;
  const value = parent[place.key];
  switch (change) {
    case "add":
      if (Array.isArray(place.parent)) break;
      parent.added_by_upstream = "new";
      break;
    case "drop":
      if (Array.isArray(place.parent)) place.parent.splice(Number(place.key), 1);
      else delete parent[place.key];
      break;
    default:
      parent[place.key] = OTHER[change](value ?? null);
  }
  return body;
}

const OTHER: Record<Exclude<Change, "add" | "drop">, (value: ExactJson) => ExactJson> = {
  null: () => null,
  text: (value) => (typeof value === "string" ? 7 : "unexpected"),
  number: (value) => (typeof value === "number" ? String(value) : -1.5),
  list: (value) => (Array.isArray(value) ? {} : [value]),
  object: (value) => ({ value }),
};

/** Every field and item of a JSON value, from the outside in. */
function* placesIn(value: ExactJson): Generator<Place> {
  if (typeof value !== "object" || value === null) return;
  const parent = value;
  for (const [key, item] of Object.entries(parent)) {
    yield { parent, key };
    yield* placesIn(item);
  }
}
