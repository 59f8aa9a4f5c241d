import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { temporaryDirectory } from "../support/directory.ts";
import { until } from "../support/gate.ts";
import { startGateway } from "../support/gateway.ts";
import { photo } from "../support/media-files.ts";
import { LONG_MS, productionEnvironment } from "../support/process.ts";
import {
  BOUNDARY,
  MB,
  MULTIPART,
  multipart,
  openFilesIn,
  rawCaller,
} from "../support/upload-bodies.ts";

const directory = temporaryDirectory();
afterAll(() => directory.remove());

const residentMegabytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;

test(
  "a large upload costs little memory while it arrives, and a SIGKILL leaves nothing of it on the disk",
  async () => {
    const uploads = `${directory.path}/uploads`;
    const environment = { ...productionEnvironment(directory.path), UPLOAD_DIR: uploads };
    const first = await startGateway(environment);
    const key = await first.createKey("test");
    const session = (await first.login(key)).body;
    const post = async (gateway: typeof first) =>
      gateway.request("POST", "/photo/upload", {
        key,
        session,
        body: multipart([
          { field: "caption", text: "hello" },
          { field: "file", name: "a.jpg", bytes: await photo(1080, 1080) },
        ]),
        headers: MULTIPART,
      });
    // Loads what the first upload loads.
    expect((await post(first)).status).toBe(200);
    const before = residentMegabytes(first.pid);
    const raw = await rawCaller(Number(new URL(first.url).port));
    const headers = {
      Host: "localhost",
      "X-API-Key": key,
      "X-Session-ID": session,
      ...MULTIPART,
      "Content-Length": `${300 * MB}`,
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    await raw.send(`POST /video/upload HTTP/1.1\r\n${lines.join("")}\r\n`);
    await raw.send(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n`,
    );
    for (let sent = 0; sent < 200; sent++) await raw.send(new Uint8Array(MB));
    expect(openFilesIn(uploads, first.pid)).toBe(1);
    expect(readdirSync(uploads)).toEqual([]);
    // Held in memory it would be 200 and more.
    expect(residentMegabytes(first.pid) - before).toBeLessThan(100);

    first.kill("SIGKILL");
    await first.ended();
    raw.hangUp();
    expect(readdirSync(uploads)).toEqual([]);

    const second = await startGateway(environment);
    expect((await post(second)).status).toBe(200);
    await until(() => openFilesIn(uploads, second.pid) === 0);
    expect(await second.stop()).toBe(0);
  },
  LONG_MS,
);
