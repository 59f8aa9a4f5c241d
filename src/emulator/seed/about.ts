import type { JsonObject } from "../answer.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";

const COUNTRIES = [
  "Germany",
  "United States",
  "Brazil",
  "Japan",
  "Côte d’Ivoire",
  "Türkiye",
  "Portugal",
] as const;

const MONTHS =
  "January February March April May June July August September October November December".split(
    " ",
  );

/** The facts about a user that "About this account" shows. */
function factsOf(person: Person) {
  const hash = mix(person.slot, 94);
  const monthOf = (value: number, from: number): string =>
    `${MONTHS[value % 12]} ${from + (value % 9)}`;
  return {
    joined: monthOf(hash, 2010),
    verified: person.isVerified ? monthOf(hash >>> 3, 2017) : undefined,
    // A fifth of the users hide their country.
    country: (hash >>> 6) % 5 === 0 ? undefined : COUNTRIES[(hash >>> 9) % COUNTRIES.length],
    formerUsernames: (hash >>> 12) % 4,
  };
}

/**
 * The page as nested nodes that the app draws. `)` is the text of a node and `-` its weight. The
 * country is a variable of the page; all other facts are plain texts.
 */
export function aboutPage(person: Person): JsonObject {
  const facts = factsOf(person);
  const rows = [
    text(person.username, "bold"),
    text("To help keep our community authentic, we’re showing information about accounts."),
    ...row("Date joined", facts.joined),
    ...(facts.country === undefined ? [] : [text("Account based in"), variable(COUNTRY)]),
    ...(facts.formerUsernames === 0
      ? []
      : row("Former usernames", "See how often it changed", String(facts.formerUsernames))),
    ...(facts.verified === undefined ? [] : row("Verified", facts.verified)),
  ];
  return {
    layout: {
      bloks_payload: {
        data:
          facts.country === undefined
            ? []
            : [
                {
                  id: "rtnw1:0",
                  type: "gs",
                  data: { key: COUNTRY, mode: "p", initial: facts.country },
                },
              ],
        props: [],
        tree: { "bk.components.Flexbox": { children: rows } },
        error_attribution: { logging_id: `{"callsite":"${COUNTRY}"}` },
      },
    },
  };
}

const COUNTRY = "IG_ABOUT_THIS_ACCOUNT:about_this_account_country";

const text = (value: string, weight = "normal"): JsonObject => ({
  "bk.components.Text": { ")": value, "*": "14sp", "-": weight },
});

const row = (...values: string[]): JsonObject[] => values.map((value) => text(value));

const variable = (key: string): JsonObject => ({
  "bk.components.Text": { "#": `(bk.action.bloks.GetVariable2, "${key}")`, "*": "14sp" },
});
