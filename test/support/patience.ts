import { setDefaultTimeout } from "bun:test";

/**
 * Loaded before every test file. A test waits for what must come, however slow or loaded the machine
 * is; the limit only ends one that hangs.
 */
setDefaultTimeout(120_000);
