/*
 * A tiny encoder of H.264 (constrained baseline): frames of one colour. Each key frame is one
 * uncompressed macroblock; all others are predicted from it, and later frames repeat their key frame.
 */

/** A colour as YCbCr, each from 16 to 235. */
export type Colour = readonly [y: number, cb: number, cr: number];

interface Picture {
  width: number;
  height: number;
}

const MACROBLOCK = 16;
const FRAME_NUMBERS = 16;

/** The decoder configuration of an MP4 (`avcC`). */
export function avcConfiguration({ width, height }: Picture): Uint8Array<ArrayBuffer> {
  const sps = unit(3, 7, sequenceParameters(width, height));
  const pps = unit(3, 8, pictureParameters());
  return new Uint8Array([
    1,
    ...sps.subarray(1, 4),
    0xff,
    0xe1,
    ...u16(sps.length),
    ...sps,
    1,
    ...u16(pps.length),
    ...pps,
  ]);
}

/** A frame that shows one colour. `index` counts the key frames. */
export function keyFrame(picture: Picture, colour: Colour, index: number): Uint8Array<ArrayBuffer> {
  const bits = new Bits();
  // First macroblock, type I, picture parameters, frame number, picture number, marking, quantiser.
  bits
    .ue(0)
    .ue(7)
    .ue(0)
    .u(0, 4)
    .ue(index % 2)
    .u(0, 2)
    .se(0);
  const columns = Math.ceil(picture.width / MACROBLOCK);
  const count = columns * Math.ceil(picture.height / MACROBLOCK);
  bits.ue(25).align();
  const [y, cb, cr] = colour;
  for (const [value, size] of [
    [y, 256],
    [cb, 64],
    [cr, 64],
  ] as const)
    for (let i = 0; i < size; i++) bits.u(value, 8);
  for (let i = 1; i < count; i++) {
    // Predicted from its neighbours, without a difference; beside the first one that is written longer.
    bits.u(0b0010011, 7);
    if (i === 1 || i === columns) bits.u(0b000011, 6);
    else bits.u(1, 1);
  }
  return withLength(unit(3, 5, bits.end()));
}

/** A frame that shows what the one before shows. `distance` counts from the key frame. */
export function repeatedFrame(picture: Picture, distance: number): Uint8Array<ArrayBuffer> {
  const bits = new Bits();
  bits
    .ue(0)
    .ue(5)
    .ue(0)
    .u(distance % FRAME_NUMBERS, 4)
    .u(0, 3)
    .se(0);
  bits.ue(Math.ceil(picture.width / MACROBLOCK) * Math.ceil(picture.height / MACROBLOCK));
  return withLength(unit(2, 1, bits.end()));
}

function sequenceParameters(width: number, height: number): Uint8Array {
  const columns = Math.ceil(width / MACROBLOCK);
  const rows = Math.ceil(height / MACROBLOCK);
  const bits = new Bits();
  // Baseline, level 4.0, id 0, frame numbers below 16, picture order as decoded, one reference frame.
  bits.u(66, 8).u(0xc0, 8).u(40, 8).ue(0).ue(0).ue(2).ue(1).u(0, 1);
  bits
    .ue(columns - 1)
    .ue(rows - 1)
    .u(1, 1)
    .u(1, 1);
  const right = (columns * MACROBLOCK - width) >> 1;
  const bottom = (rows * MACROBLOCK - height) >> 1;
  bits.u(1, 1).ue(0).ue(right).ue(0).ue(bottom).u(0, 1);
  return bits.end();
}

function pictureParameters(): Uint8Array {
  const bits = new Bits();
  bits.ue(0).ue(0).u(0, 1).u(0, 1).ue(0).ue(0).ue(0).u(0, 1).u(0, 2);
  return bits.se(0).se(0).se(0).u(0, 3).end();
}

/** A unit of the stream. Bytes that look like the start of one are broken up. */
function unit(importance: number, type: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = [(importance << 5) | type];
  let zeros = 0;
  for (const byte of payload) {
    if (zeros >= 2 && byte <= 3) {
      bytes.push(3);
      zeros = 0;
    }
    bytes.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return new Uint8Array(bytes);
}

const u16 = (value: number): number[] => [value >> 8, value & 0xff];

const withLength = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array([...[24, 16, 8, 0].map((shift) => (bytes.length >> shift) & 0xff), ...bytes]);

/** Writes bits, the highest first. */
class Bits {
  readonly #bytes: number[] = [];
  #used = 0;

  u(value: number, length: number): this {
    for (let bit = length - 1; bit >= 0; bit--) {
      if (this.#used % 8 === 0) this.#bytes.push(0);
      const last = this.#bytes.length - 1;
      this.#bytes[last] =
        (this.#bytes[last] ?? 0) | (((value >> bit) & 1) << (7 - (this.#used % 8)));
      this.#used++;
    }
    return this;
  }

  /** Exponential Golomb code. */
  ue(value: number): this {
    const length = 32 - Math.clz32(value + 1);
    return this.u(0, length - 1).u(value + 1, length);
  }

  se(value: number): this {
    return this.ue(value > 0 ? 2 * value - 1 : -2 * value);
  }

  align(): this {
    while (this.#used % 8 !== 0) this.u(0, 1);
    return this;
  }

  end(): Uint8Array {
    this.u(1, 1).align();
    return new Uint8Array(this.#bytes);
  }
}
