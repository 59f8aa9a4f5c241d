import { InvalidInput } from "../../problems/problem.ts";
import { entryFields } from "./entry-fields.ts";
import { EntryInvalid } from "./entry-invalid.ts";
import type { ImportDefaults } from "./planning.ts";

/** What a caller wants of an import. */
export interface ImportRequest {
  /** Only says what would become of the entries. */
  dryRun: boolean;
  /** Whether a login that is here already takes the settings of its entry. */
  overwrite: boolean;
  defaults: ImportDefaults;
}

const FIELDS = ["label", "region", "proxy_id", "proxy_country"] as const;

/** For new sessions whose entries say nothing of it, in the fields' own names. */
type DefaultFields = Partial<Record<(typeof FIELDS)[number], string | undefined>>;

/** Reads the fields of an import. Throws InvalidInput. */
export function importRequest({
  dryRun,
  overwrite,
  fields,
}: {
  dryRun: boolean;
  overwrite: boolean;
  fields: DefaultFields;
}): ImportRequest {
  const given = Object.fromEntries(
    FIELDS.flatMap((name) => {
      const text = fields[name]?.trim();
      return text ? [[name, text]] : [];
    }),
  );
  try {
    const { label, region, proxyId, proxyCountry } = entryFields(given, 0);
    if (proxyId !== undefined && proxyCountry !== undefined)
      throw new InvalidInput("proxy_country", "and proxy_id exclude each other");
    return {
      dryRun,
      overwrite,
      defaults: {
        label: label ?? null,
        region: region ?? null,
        ...(proxyId === undefined ? {} : { proxyId }),
        ...(proxyCountry === undefined ? {} : { proxyCountry }),
      },
    };
  } catch (error) {
    if (!(error instanceof EntryInvalid)) throw error;
    const [field = "", ...message] = error.message.split(" ");
    throw new InvalidInput(field, message.join(" "));
  }
}
