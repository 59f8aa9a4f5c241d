import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { videoLimits } from "../../src/media/limits.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { mediaBench } from "../support/media/bench.ts";
import { mp4 } from "../support/media-files.ts";

/* How ffmpeg is run: with a program in its place that notes what it gets. */

const rules = { field: "file", coverField: "thumbnail", ...videoLimits.feed };

/** A program that says that it is there, and otherwise does as `body`, a text of shell, says. */
function inPlaceOfFfmpeg(directory: string, body: string): string {
  const path = join(directory, "ffmpeg");
  const text = `#!/bin/sh\ncase "$*" in *-version*) exit 0;; esac\ncd ${directory}\n${body}\n`;
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

test("it sees the file that is open for it, and nothing of the environment", async () => {
  using directory = temporaryDirectory();
  const ffmpeg = inPlaceOfFfmpeg(
    directory.path,
    'env > env.txt; echo "$*" > arguments.txt; cat <&3 > input.txt; exit 1',
  );
  process.env.ENCRYPTION_KEYS_OF_TEST = "secret";
  await using bench = mediaBench({ ffmpeg });
  const bytes = await mp4();
  const file = await bench.save(bytes, "../../name; rm -rf $HOME");
  const error = await bench.tools.video(bench.files, file, rules).catch((thrown) => thrown);
  delete process.env.ENCRYPTION_KEYS_OF_TEST;
  expect([error.status, error.detail]).toEqual([
    422,
    "thumbnail is needed: no picture can be taken from this video",
  ]);
  const read = (name: string): string => readFileSync(join(directory.path, name), "utf8");
  const names = [...read("env.txt").matchAll(/^(\w+)=/gm)].map(([, name]) => name);
  expect(
    names.filter((name) => !["PATH", "PWD", "OLDPWD", "SHLVL", "_"].includes(name ?? "")),
  ).toEqual([]);
  const given = read("arguments.txt");
  expect(given).toContain("-protocol_whitelist file,pipe");
  // Without it, a file of 300 KB that claims 80 million frames takes 1.5 GB.
  expect(given).toContain("-max_alloc 134217728");
  expect(given).toContain("-enable_drefs 0 -f mov -ss 2 -i file:/dev/fd/3");
  expect(given).not.toContain("name");
});

test("it ends when the caller hangs up", async () => {
  using directory = temporaryDirectory();
  const ffmpeg = inPlaceOfFfmpeg(directory.path, "echo $$ > pid.txt; exec sleep 600");
  await using bench = mediaBench({ ffmpeg });
  const caller = new AbortController();
  bench.files.signal = caller.signal;
  const file = await bench.save(await mp4());
  const converting = bench.tools.video(bench.files, file, rules).catch((thrown) => thrown);
  const noted = join(directory.path, "pid.txt");
  while (!existsSync(noted) || readFileSync(noted, "utf8") === "") await Bun.sleep(5);
  caller.abort();
  expect((await converting).kind).toBe("CallerGone");
  const pid = Number(readFileSync(noted, "utf8"));
  while (isRunning(pid)) await Bun.sleep(5);
});

test("it may print only so much", async () => {
  using directory = temporaryDirectory();
  const ffmpeg = inPlaceOfFfmpeg(directory.path, "exec cat /dev/zero");
  await using bench = mediaBench({ ffmpeg });
  const file = await bench.save(await mp4());
  const error = await bench.tools.video(bench.files, file, rules).catch((thrown) => thrown);
  expect(error.detail).toBe("thumbnail is needed: no picture can be taken from this video");
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
