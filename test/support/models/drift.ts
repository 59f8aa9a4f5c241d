import type { DriftReporter } from "../../../src/instagram/models/drift.ts";

/** For tests that do not look at drift. */
export const ignoreDrift: DriftReporter = () => {};
