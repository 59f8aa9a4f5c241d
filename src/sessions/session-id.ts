/**
 * A session id as the client meant it: without blanks and quotes around it (single, double,
 * backslash-escaped) and without URL-encoding, also when the client encoded it twice.
 */
export function cleanSessionId(value: string): string {
  let text = stripQuotes(value);
  for (let pass = 0; pass < 2; pass++) {
    if (pass === 0 ? !text.includes("%") : !/%3a/i.test(text)) break;
    text = stripQuotes(decodePercent(text));
  }
  return text;
}

function stripQuotes(text: string): string {
  let start = 0;
  let end = text.length;
  const isMark = (index: number) => /["'\s]/.test(text.charAt(index));
  while (start < end && (isMark(start) || (text[start] === "\\" && isMark(start + 1)))) start++;
  while (end > start && isMark(end - 1)) {
    end--;
    if (end > start && text[end - 1] === "\\") end--;
  }
  return text.slice(start, end);
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
