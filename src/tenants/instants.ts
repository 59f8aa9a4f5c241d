import { InvalidInput } from "../problems/problem.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Unix milliseconds of an ISO 8601 time with a zone, or of a date: its first moment in UTC.
 * Throws InvalidInput for the field.
 */
export function readInstant(text: string, field: string): number {
  const [matched, zone] = TIME.exec(text) ?? [];
  if (matched !== undefined && zone === undefined)
    throw new InvalidInput(field, "must end with its time zone, as 2027-01-31T12:00:00Z does");
  const time = Date.parse(text);
  if ((matched === undefined && !DATE.test(text)) || Number.isNaN(time))
    throw new InvalidInput(
      field,
      "must be a date or a time such as 2027-01-31 or 2027-01-31T12:00:00Z",
    );
  return time;
}
