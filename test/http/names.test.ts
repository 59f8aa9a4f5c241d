import { describe, expect, test } from "bun:test";
import type { ProblemType } from "../../src/http/problems.ts";
import type { Operation } from "../../src/http/route.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { acts, sandboxOfFile } from "../support/sandbox.ts";
import type { Answer } from "../support/service.ts";

/*
 * How callers name users, posts, places, hashtags, highlights and threads, for every operation that
 * takes such a name: in each spelling that people paste, when it names nothing, when there is nothing
 * of that name, and when the account may not see it.
 */
const sandbox = await sandboxOfFile();
const asPrivate = await sandbox.login("sandbox_private");
const PRIVATE_PK = "61000000005";
const [privatePost] = (await sandbox.get("/user/medias", { user_id: PRIVATE_PK }, asPrivate)).body
  .items;

interface Name {
  /** Fields that take it. */
  fields: readonly string[];
  /** Operations that have such a field for something else. */
  except?: readonly string[];
  /** How many more requests it costs than the example does; not looked at where it depends. */
  lookUps?: (entry: Operation) => number;
  /** Other spellings of what the documentation's example names. */
  spellings(example: string): Promise<string[]> | string[];
  /** Texts that are no such name. */
  wrong: readonly string[];
  /** Names of nothing, and what is answered then. */
  unknown: readonly string[];
  missing: ProblemType;
  /** What the account may not see, and what is answered to that. */
  hidden?: [name: string, answered: ProblemType];
}

const TOO_LARGE = ["18446744073709551616", "9".repeat(40)];

const NAMES: Readonly<Record<string, Name>> = {
  "a user": {
    fields: ["user_id"],
    lookUps: () => 0,
    spellings: (pk) => [` ${pk} `, `000${pk}`],
    wrong: ["no such user!", "a b", "-1", ...TOO_LARGE],
    unknown: ["999", "18446744073709551615"],
    missing: "UserNotFound",
    hidden: [PRIVATE_PK, "PrivateAccount"],
  },
  "a user by name": {
    fields: ["user_id", "username"],
    except: ["getUserUsernameFromId", "patchAccount"],
    lookUps: ({ operationId }) => (/^getUser(?:IdFromUsername)?$/.test(operationId) ? 0 : 1),
    spellings: async (example) => {
      const name = /^\d+$/.test(example)
        ? (await sandbox.get("/user/username/from/id", { user_id: example })).body
        : example;
      const capital = name[0].toUpperCase() + name.slice(1);
      return [
        name,
        ` @${capital} `,
        `https://www.instagram.com/${name}/?hl=en`,
        `instagram.com/${capital}`,
      ];
    },
    wrong: ["no such user!", "ä", "a-b", "x".repeat(31), "@"],
    unknown: ["nobody_at_all"],
    missing: "UserNotFound",
    hidden: ["sandbox_private", "PrivateAccount"],
  },
  "a post": {
    fields: ["media_pk", "media_id"],
    // They make one name of a post out of another one, and ask nobody.
    except: ["getMediaId", "getMediaPk"],
    spellings: async (example) => {
      const { pk, id, code } = (await sandbox.get("/media", { id: example })).body;
      return [pk, id, ` ${pk} `, code, ` https://www.instagram.com/p/${code}/?igsh=x `];
    },
    wrong: [
      "x",
      "-1",
      "1_2_3",
      "1_",
      "_1",
      "1 _ 2",
      "1_x",
      "1.0",
      "https://example.com/p/abcdefghijk/",
      ...TOO_LARGE,
    ],
    unknown: ["999", "3312345678901234567", "999_1"],
    missing: "MediaNotFound",
    hidden: [privatePost.id, "MediaNotFound"],
  },
  "a place": {
    fields: ["location_pk"],
    spellings: (pk) => [
      ` ${pk} `,
      `00${pk}`,
      `https://www.instagram.com/explore/locations/${pk}/berlin-germany/`,
      `instagram.com/explore/locations/${pk}?hl=en`,
    ],
    wrong: ["", "x", "-1", "1.5", "1_2", "https://example.com/1", ...TOO_LARGE],
    unknown: ["1", "18446744073709551615"],
    missing: "LocationNotFound",
  },
  "a hashtag": {
    fields: ["name", "hashtag"],
    except: ["getAccountCollection", "getAccountCollectionMedia", "getSearchLocations"],
    spellings: (name) => [
      ` #${name.toUpperCase()} `,
      `https://www.instagram.com/explore/tags/${name}/`,
      `http://m.Instagram.com/explore/tags/${name}?hl=de#top`,
    ],
    wrong: ["", " ", "#", "two words", "a#b", "a/b", "../x", "a?b", "x".repeat(151), "*", "a,b"],
    unknown: ["nobodyusedthis"],
    missing: "HashtagNotFound",
  },
  "a highlight": {
    fields: ["highlight_pk"],
    spellings: (pk) => [
      ` ${pk} `,
      `highlight:${pk}`,
      `https://www.instagram.com/stories/highlights/${pk}/`,
      `instagram.com/stories/highlights/${pk}?igsh=x`,
      `https://www.instagram.com/s/${Buffer.from(`highlight:${pk}`).toString("base64url")}?igsh=x`,
    ],
    wrong: [
      "",
      "abc",
      "story:1",
      "highlight:",
      "https://www.instagram.com/s/aGln/",
      "https://evil.example/stories/highlights/17895485201104054/",
      ...TOO_LARGE,
    ],
    unknown: ["1", "17900000000000000"],
    missing: "HighlightNotFound",
  },
  "a thread": {
    fields: ["thread_id"],
    spellings: (id) => [` ${id} `, `https://www.instagram.com/direct/t/${id}/`],
    wrong: ["", "abc", "-1", "1_2", "9".repeat(40), "https://example.com/direct/t/1/"],
    unknown: ["1", "340282366841710300949128137443944319108"],
    missing: "DirectThreadNotFound",
  },
};

const callsOf = ({ headers }: Answer): number => Number(headers.get("gramway-upstream-calls") ?? 0);

/** What an answer holds; a cursor may tell how its list was asked for. */
const content = ({ body }: Answer): unknown => body?.items ?? body;

for (const [what, name] of Object.entries(NAMES))
  describe(`${what} is named`, () => {
    const taking = sandbox.entries.flatMap((entry) =>
      name.fields
        .filter((field) => fieldsOf(entry)?.properties[field])
        .filter(() => !/^(?:Admin|Auth|Session)$/.test(entry.tag))
        .filter(() => !name.except?.includes(entry.operationId))
        .map((field) => ({ entry, field })),
    );
    test("by some operations", () => expect(taking.length).toBeGreaterThan(0));

    for (const { entry, field } of taking) {
      const { operationId, errors = [] } = entry;
      /** Where fields exclude each other, the example's one gives way. */
      const ask = async (value: string, session = sandbox.session): Promise<Answer> => {
        const { path, options } = await sandbox.example(entry);
        const given = { ...options[placeOf(entry)] };
        if (!(field in given)) for (const each of namesOf(entry)) delete given[each];
        const named = { [placeOf(entry)]: { ...given, [field]: value } };
        return sandbox.request(entry.method, path, { ...options, session, ...named });
      };

      test(`in every spelling, by ${field} of ${operationId}`, async () => {
        const given = (await sandbox.example(entry)).options[placeOf(entry)] ?? {};
        const example = given[field] ?? Object.values(given)[0] ?? "";
        // Looked up before an action: what it names may be gone afterwards.
        const spellings = await name.spellings(example);
        const expected = await sandbox.call(entry);
        for (const spelling of spellings) {
          const answer = await ask(spelling);
          expect(answer.status, `${spelling} ${answer.text.slice(0, 200)}`).toBe(200);
          // What an action has made has a time and an id of its own.
          if (acts(entry) && typeof expected.body === "object")
            expect(Object.keys(answer.body), spelling).toEqual(Object.keys(expected.body));
          else expect(content(answer), spelling).toEqual(content(expected));
          if (name.lookUps)
            expect(callsOf(answer) - callsOf(expected), spelling).toBe(name.lookUps(entry));
        }
      });

      test(`wrongly, by ${field} of ${operationId}, nothing is asked`, async () => {
        for (const wrong of name.wrong) {
          if (wrong === "" && !fieldsOf(entry)?.required?.includes(field)) continue;
          const answer = await ask(wrong);
          expect(faultyFields(answer), wrong).toEqual([field]);
          expect(callsOf(answer), wrong).toBe(0);
        }
      });

      if (errors.includes(name.missing))
        test(`and not there, by ${field} of ${operationId}`, async () => {
          for (const unknown of name.unknown)
            expectProblem(await ask(unknown), name.missing, unknown);
        });

      const [hidden, answered] = name.hidden ?? ["", name.missing];
      if (hidden !== "" && errors.includes(answered))
        test(`and hidden, by ${field} of ${operationId}`, async () => {
          expectProblem(await ask(hidden), answered);
          // A file has no such field.
          expect((await ask(hidden, asPrivate)).body?.exc_type).not.toBe(answered);
        });
    }
  });

const placeOf = ({ body }: Operation): "form" | "query" => (body ? "form" : "query");
const fieldsOf = ({ body, query }: Operation): Operation["query"] => body ?? query;
const namesOf = (entry: Operation): string[] =>
  Object.keys(fieldsOf(entry)?.properties ?? {}).filter((name) => !/amount|cursor/.test(name));
