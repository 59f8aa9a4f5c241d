import { runCli } from "./cli/run.ts";

// What it writes is for its owner alone.
process.umask(0o077);
process.exitCode = await runCli(Bun.argv.slice(2), {
  env: process.env,
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
