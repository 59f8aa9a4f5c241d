/** A JSON number as it was written, so that neither digits nor `1` and `1.0` get mixed up. */
export interface WrittenNumber {
  $number: string;
}
export type WrittenJson =
  | null
  | boolean
  | string
  | WrittenNumber
  | WrittenJson[]
  | { [key: string]: WrittenJson };

const parseWithSource = JSON.parse as (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => WrittenJson;

/** Parses JSON with every number as its source text. Knows nothing of the client's parser. */
export function parseWritten(text: string): WrittenJson {
  return parseWithSource(text, (_key, value, context) =>
    typeof value === "number" ? { $number: context.source ?? String(value) } : value,
  );
}

export function isWrittenNumber(value: WrittenJson): value is WrittenNumber {
  return typeof value === "object" && value !== null && !Array.isArray(value) && "$number" in value;
}

/** How Python's json writes it: without blanks, or with one after commas and colons. */
export function pythonJson(value: WrittenJson, blanks: boolean): string {
  const [comma, colon] = blanks ? [", ", ": "] : [",", ":"];
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, blanks)).join(comma)}]`;
  if (isWrittenNumber(value)) return value.$number;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .map(([key, item]) => `${pythonString(key)}${colon}${pythonJson(item, blanks)}`)
      .join(comma)}}`;
  return typeof value === "string" ? pythonString(value) : String(value);
}

function pythonString(value: string): string {
  let out = '"';
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    const short = SHORT_ESCAPES[code];
    if (short !== undefined) out += short;
    else if (code < 0x20 || code > 0x7e) out += `\\u${code.toString(16).padStart(4, "0")}`;
    else out += value.charAt(index);
  }
  return `${out}"`;
}

const SHORT_ESCAPES: Record<number, string> = {
  8: "\\b",
  9: "\\t",
  10: "\\n",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

/** Form encoding as Python's quote_plus does it, byte by byte. */
export function quotePlus(value: string): string {
  let out = "";
  for (const byte of new TextEncoder().encode(value)) {
    const char = String.fromCharCode(byte);
    if (/[\w.~-]/.test(char)) out += char;
    else if (char === " ") out += "+";
    else out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
