/** Exactly 64 first and 64 last names: six bits of a user's number choose each, and can be read back. */
export const FIRST_NAMES =
  "anna ben carla david elena felix greta hugo ines jonas karin leon maria nils olga paul rosa simon tara umut vera willy xenia yann zoe adam bella cyril dora emil fatma georg hana ivan julia kofi lena marco nadia oscar petra quinn rita samir tilda uwe viola walid yara zeno aiko bruno chloe diego ella farid gina henry ida jamal kaito luca mei noah".split(
    " ",
  );

export const LAST_NAMES =
  "keller muller schmidt fischer weber meyer wagner becker schulz hoffmann koch bauer richter klein wolf neumann schwarz braun zimmer hartmann kruger werner lange krause lehmann kohler maier herrmann walter konig kaiser fuchs peters lang scholz moller weiss jung hahn vogel friedrich keil gunther frank berger winkler roth beck lorenz baumann franke albrecht simons ludwig bohm winter kraus martin schumacher kramer vogt stein jager otto".split(
    " ",
  );

/** Endings of full names, which a client must not change. */
const DECORATIONS = ["", "", "", " ✨", " 🌍", " | Fotografie", " 写真", " · Путешествия"] as const;

export function fullName(first: number, last: number, hash: number): string {
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const spelled = capital(LAST_NAMES[last] ?? "")
    .replace("Muller", "Müller")
    .replace("Konig", "König")
    .replace("Jager", "Jäger")
    .replace("Bohm", "Böhm");
  return `${capital(FIRST_NAMES[first] ?? "")} ${spelled}${DECORATIONS[hash % DECORATIONS.length] ?? ""}`;
}

export const BIOGRAPHIES = [
  "",
  "Coffee first ☕️",
  "Berlin ↔ Lisboa",
  "Photographer. Prints on request 📷",
  "mum of two 🧡\nrunning, baking, reading",
  "Люблю море и горы",
  "東京 | 旅と珈琲",
  "Design @instagram fan page, not affiliated",
] as const;

export const CAPTIONS = [
  "Golden hour over the river ✨ #sunset #berlin",
  "Merci à toutes et à tous pour cette année incroyable 💛",
  "Behind the scenes with @instagram 🎬",
  "東京の朝。おはようございます☀️ #tokyo",
  "No filter needed. #nofilter",
  "Größe ist nicht alles: kleine Räume, große Ideen 🏡",
  "Двери открыты! Ждём вас в субботу 🎉",
  "Tell us your favourite place 👇🏽👇🏿\n\n#travel #wanderlust",
  "👩‍🚀👨‍👩‍👧‍👦🏳️‍🌈",
  "",
  "مرحبا بالعالم 🌍",
  'Quotes "inside" and a back\\slash, <b>tags</b> & ampersands',
] as const;
