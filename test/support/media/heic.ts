/* Photos as phones save them: HEIC, a grid of HEVC tiles of one colour each, made by code. */

type Bytes = Uint8Array<ArrayBuffer>;

const TILE = 512;

/** A decoder configuration and two frames of 512 × 512, encoded once with x265. */
const CONFIGURATION = Buffer.from(
  "AQQIAAAAn6gAAAAAWvAA/P34+AAADwOgAAEAF0ABDAH//wQIAAADAJ+oAAADAABaugJAoQABACxCAQEECAAAAwCfqAAAAwAAWqAEAgCAWW6kkyvAW4EBAwIAAAMAAgAAAwACEKIAAQAHRAHBcrBiQA==",
  "base64",
);
const FRAMES = {
  red: "AAAAcCgBr3EF4xakoRDrAgH/7dH/9pPpe2GtRUYR7klu4A6AM4FSGoAKyKW9FZAW4K8TgAAADBiTAzRlAAADAAADAZ+HAAADAAADAAAaMAAAAwAAAwAAEPAAAAMAAAMAAXsAAAMAAAMACOgAAAMAAAMAHDA=",
  blue: "AAAAcCgBr3EF4xakoRDrAgH/9gEaD0mWP3rNRUYR7klu4A6AM4FSGoAKyKW9FZAW4K8TgAAADBiTAzRlAAADAAADAZ+HAAADAAADAAAaMAAAAwAAAwAAEPAAAAMAAAMAAXsAAAMAAAMACOgAAAMAAAMAHDA=",
} as const;

export interface HeicOptions {
  /** How often it is turned left by 90 degrees before it is shown. */
  turns?: 0 | 1 | 2 | 3;
  profile?: Uint8Array;
}

/** A red photo whose first tile, of 512 × 512 at the top left, is blue. */
export function heic(width: number, height: number, options: HeicOptions = {}): Bytes {
  const columns = Math.ceil(width / TILE);
  const rows = Math.ceil(height / TILE);
  const count = columns * rows;
  const frames = [FRAMES.blue, FRAMES.red].map((text) => Buffer.from(text, "base64"));
  const [first = Buffer.alloc(0), other = Buffer.alloc(0)] = frames;
  const grid = Buffer.concat([bytes(0, 1, rows - 1, columns - 1), u32(width), u32(height)]);
  const data = Buffer.concat([first, other, grid]);
  const gridId = count + 1;
  const ids = Array.from({ length: count }, (_, index) => index + 1);

  const type = box("ftyp", text("heic"), u32(0), text("mif1"), text("heic"));
  const properties = [
    box("hvcC", CONFIGURATION),
    fullBox("ispe", u32(TILE), u32(TILE)),
    fullBox("ispe", u32(width), u32(height)),
    box("irot", bytes(options.turns ?? 0)),
    ...(options.profile ? [box("colr", text("prof"), options.profile)] : []),
  ];
  const ofGrid = options.profile ? [3, 4, 5] : [3, 4];
  /** The file's head, if its data starts at `at`. */
  const meta = (at: number): Buffer => {
    const places = [
      ...ids.map((id) => ({
        id,
        at: id === 1 ? at : at + first.length,
        length: id === 1 ? first.length : other.length,
      })),
      { id: gridId, at: at + first.length + other.length, length: grid.length },
    ];
    return fullBox(
      "meta",
      fullBox("hdlr", u32(0), text("pict"), u32(0), u32(0), u32(0), bytes(0)),
      fullBox("pitm", u16(gridId)),
      fullBox(
        "iloc",
        bytes(0x44, 0),
        u16(places.length),
        ...places.map((place) =>
          Buffer.concat([u16(place.id), u16(0), u16(1), u32(place.at), u32(place.length)]),
        ),
      ),
      fullBox(
        "iinf",
        u16(count + 1),
        ...ids.map((id) => item(id, "hvc1", true)),
        item(gridId, "grid", false),
      ),
      fullBox("iref", box("dimg", u16(gridId), u16(count), ...ids.map(u16))),
      box(
        "iprp",
        box("ipco", ...properties),
        fullBox(
          "ipma",
          u32(count + 1),
          ...ids.map((id) => Buffer.concat([u16(id), bytes(2, 0x81, 2)])),
          Buffer.concat([u16(gridId), bytes(ofGrid.length, ...ofGrid)]),
        ),
      ),
    );
  };
  const headLength = type.length + meta(0).length + 8;
  return new Uint8Array(Buffer.concat([type, meta(headLength), box("mdat", data)]));
}

const item = (id: number, kind: string, hidden: boolean): Buffer =>
  box("infe", bytes(2, 0, 0, hidden ? 1 : 0), u16(id), u16(0), text(kind), bytes(0));

const text = (value: string): Buffer => Buffer.from(value, "latin1");
const bytes = (...values: number[]): Buffer => Buffer.from(values);
const u16 = (value: number): Buffer => bytes(value >> 8, value & 0xff);
const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);

const box = (name: string, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  return Buffer.concat([u32(content.length + 8), text(name), content]);
};

const fullBox = (name: string, ...parts: Uint8Array[]): Buffer => box(name, u32(0), ...parts);
