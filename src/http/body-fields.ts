/** The fields of a body as they were sent. A repeated form field is a list. */
export type BodyFields = Record<string, unknown>;

/** Adds a value to a field. Returns where it stands among the field's values. */
export function addField(fields: BodyFields, name: string, value: unknown): number {
  const before = fields[name];
  if (before === undefined) {
    fields[name] = value;
    return 0;
  }
  if (Array.isArray(before)) return before.push(value) - 1;
  fields[name] = [before, value];
  return 1;
}
