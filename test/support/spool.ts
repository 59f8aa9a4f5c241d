import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FileScope, Spool } from "../../src/files/spool.ts";

/** The settings of a spool with room for what tests save. */
export const testSpoolConfig = {
  directory: join(tmpdir(), "gramway-test-uploads"),
  isChosen: false,
  maxBytes: 2 * 1024 ** 3,
  tenantBytes: 2 * 1024 ** 3,
  tenantUploads: 32,
  stallMs: 30_000,
};

/** A place for the files of one request. */
export const testFiles = (): FileScope =>
  new Spool(testSpoolConfig.directory, testSpoolConfig).scope("tenant");
