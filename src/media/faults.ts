import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";

/** A file that claims to be what is wanted, and cannot be read. `what` follows "is broken: ". */
export const broken = (field: string, what: string): InvalidInput =>
  new InvalidInput(field, `is broken: ${what}`);

/** A file of a type that is not taken. */
export function unsupported(field: string, message: string): GatewayProblem {
  return new GatewayProblem("UnsupportedMedia", `${field} ${message}`, {
    title: "Unsupported type of file",
    members: { errors: [{ field, message }] },
  });
}

/** Throws InvalidInput if width by height lies outside of the ratios that are taken. */
export function checkRatio(
  field: string,
  { width, height }: { width: number; height: number },
  [smallest, largest]: readonly [number, number],
): void {
  const ratio = width / height;
  if (ratio >= smallest * (1 - SLACK) && ratio <= largest * (1 + SLACK)) return;
  throw new InvalidInput(
    field,
    `is ${width} × ${height} pixels, which is too ${ratio < smallest ? "tall" : "wide"}: its width divided by its height must be from ${decimal(smallest)} to ${decimal(largest)}, and is ${decimal(ratio)}`,
  );
}

/** Sizes are whole pixels, so that a ratio is met only about. */
const SLACK = 0.005;

const decimal = (value: number): string => String(Math.round(value * 1000) / 1000);
