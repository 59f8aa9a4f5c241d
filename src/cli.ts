import { runCli } from "./cli/run.ts";

process.exitCode = await runCli(Bun.argv.slice(2), {
  env: process.env,
  out: (line) => console.log(line),
  err: (line) => console.error(line),
});
