const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?$/;

/** A time that cannot be used. The message says what it must be and quotes nothing of it. */
export class InstantInvalid extends Error {
  override readonly name = "InstantInvalid";
}

/**
 * Unix milliseconds of an ISO 8601 time with a zone, or of a date: its first moment in UTC.
 * Throws InstantInvalid.
 */
export function readInstant(text: string): number {
  const [matched, zone] = TIME.exec(text) ?? [];
  if (matched !== undefined && zone === undefined)
    throw new InstantInvalid("must end with its time zone, as 2027-01-31T12:00:00Z does");
  const time = Date.parse(text);
  if ((matched === undefined && !DATE.test(text)) || Number.isNaN(time))
    throw new InstantInvalid("must be a date or a time such as 2027-01-31 or 2027-01-31T12:00:00Z");
  return time;
}
