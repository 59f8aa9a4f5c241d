import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Browser, chromium, type Locator, type Page, type Response } from "playwright-core";
import { temporaryDirectory } from "../support/directory.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { photo, photoMetadata } from "../support/media-files.ts";
import { LONG_MS } from "../support/process.ts";
import { CHROMIUM_ARGS, findChromium } from "../support/programs.ts";

const executablePath = findChromium();
const directory = temporaryDirectory();
let gateway: Gateway;
let browser: Browser;

beforeAll(async () => {
  if (!executablePath) return;
  gateway = await startGateway({}, directory.path);
  browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
}, LONG_MS);

afterAll(async () => {
  await browser?.close();
  gateway?.kill("SIGTERM");
  await gateway?.ended();
  directory.remove();
});

// Where there is no browser it does not run, and says so; CI must have one.
test.skipIf(!executablePath && !process.env.CI)(
  "the documentation page logs in, reads a profile, changes one setting, acts, uploads and downloads, with no network and no error",
  async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    const elsewhere: string[] = [];
    const complaints: string[] = [];
    await page.route(
      (url) => url.origin !== gateway.url,
      (route) => {
        const url = route.request().url();
        if (/^(?:data|blob):/.test(url)) return route.continue();
        elsewhere.push(url);
        return route.abort();
      },
    );
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        complaints.push(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => complaints.push(String(error)));

    await page.goto(`${gateway.url}/docs`);
    await page.locator(".opblock").first().waitFor();
    await authorize(page, "X-API-Key", gateway.sandboxKey ?? "");

    const login = await opened(page, "postAuthLogin");
    await field(login, "username").fill("sandbox");
    await field(login, "password").fill("sandbox");
    const session: string = JSON.parse(await executed(login));
    expect(session).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
    await authorize(page, "X-Session-ID", session);

    const user = await opened(page, "getUser");
    await field(user, "user_id").fill("");
    await field(user, "username").fill("instagram");
    const profile = JSON.parse(await executed(user));
    expect(profile).toMatchObject({ pk: "25025320", username: "instagram" });

    const settings = await opened(page, "patchAuthSettings");
    expect(await settings.getByText("Send empty value").count()).toBeGreaterThan(3);
    expect(await settings.locator("input[type=checkbox]:checked").count()).toBe(0);
    await field(settings, "locale").fill("de_DE");
    const sent = page.waitForRequest((request) => request.method() === "PATCH");
    expect(JSON.parse(await executed(settings))).toBe(session);
    const form = (await sent).postData() ?? "";
    const given = [...form.matchAll(/ name="(\w+)"\r\n\r\n(.*)\r\n/g)].map((it) => it.slice(1));
    // A choice between yes and no shows the no that it means.
    expect(given.filter(([, value]) => value !== "false")).toEqual([["locale", "de_DE"]]);

    const list = await opened(page, "postProxiesImport");
    expect(JSON.parse(await executed(list))).toMatchObject({ created: 2, failed: 0 });
    const exported = await opened(page, "getSessionsExport");
    const [line = "", ...more] = (await executed(exported)).trimEnd().split("\n");
    expect(JSON.parse(line)).toMatchObject({ session_id: session, username: "sandbox" });
    expect(more).toEqual([]);

    const expectLiked = async (id: string) => {
      const path = `/media?id=${encodeURIComponent(id)}`;
      const read = await gateway.request("GET", path, { key: gateway.sandboxKey, session });
      expect(read.body.has_liked).toBe(true);
    };
    for (const operationId of ACTIONS) {
      const block = await opened(page, operationId);
      await executed(block);
      if (operationId === "postMediaLike")
        await expectLiked(await field(block, "media_id").inputValue());
      // Folded again, so that the next one is near.
      await block.locator(".opblock-summary-control").click();
    }

    const album = await opened(page, "postAlbumUpload");
    // Both files are drawn a moment after the rest.
    await album.locator("input[type=file]").nth(1).waitFor();
    expect(await album.locator("input[type=file]").count()).toBe(2);

    const upload = await opened(page, "postPhotoUpload");
    const buffer = Buffer.from(await photo(1080, 1350));
    const file = { name: "beach.jpg", mimeType: "image/jpeg", buffer };
    await upload.locator("input[type=file]").setInputFiles(file);
    await field(upload, "Prefer").selectOption("respond-async");
    const { upload_id: id } = JSON.parse(await executed(upload, "202"));
    await upload.locator(".opblock-summary-control").click();

    const status = await opened(page, "getUpload");
    await field(status, "upload_id").fill(id);
    let seen = JSON.parse(await executed(status));
    while (!["done", "failed"].includes(seen.state)) seen = JSON.parse(await executed(status));
    expect(seen).toMatchObject({ error: null, media: { media_type: 1, resources: [] } });
    expect(seen.media.usertags).toHaveLength(1);
    expect(seen.media.location.name).toBe("Berlin, Germany");

    const download = await opened(page, "getPhotoDownload");
    await field(download, "media_pk").fill(seen.media.pk);
    await download.locator(".execute").click();
    const link = download.getByText("Download file");
    const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
    const bytes = await Bun.file(await saved.path()).bytes();
    expect(saved.suggestedFilename()).toEndWith(".jpg");
    expect(await photoMetadata(bytes)).toMatchObject({ format: "jpeg", width: 1080, height: 1350 });

    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  },
  // It waits for dozens of pages of a browser.
  3 * LONG_MS,
);

/** Actions that are tried with what the page fills in. */
const ACTIONS = [
  "postMediaLike",
  "postMediaComment",
  "patchMedia",
  "deleteMediaSave",
  "postUserFollow",
  "deleteUserFollower",
  "patchAccountPrivacy",
  "postNote",
  "postHighlight",
  "deleteStory",
  "postDirectMessage",
  "postDirectThread",
] as const;

/** Enters a value into the dialog behind the Authorize button. */
async function authorize(page: Page, header: string, value: string): Promise<void> {
  await page.locator(".auth-wrapper .btn.authorize").click();
  // It opens at what is to be entered first and is not there yet.
  await page.locator(".auth-container", { hasText: header }).locator("input:focus").waitFor();
  const scheme = page.locator(".auth-container", { hasText: header });
  // What it is called can be seen, too.
  const title = await scheme.locator("h4").boundingBox();
  const content = await page.locator(".modal-ux-content").boundingBox();
  expect(title?.y).toBeGreaterThanOrEqual(content?.y ?? Number.NaN);
  await scheme.locator("input").fill(value);
  await scheme.getByRole("button", { name: "Apply credentials" }).click();
  await scheme.getByRole("button", { name: "Remove authorization" }).waitFor();
  await page.locator(".modal-ux .close-modal").click();
}

async function tagOf(operationId: string): Promise<string> {
  const { body } = await gateway.request("GET", "/openapi.json");
  const operations = Object.values<object>(body.paths).flatMap((path) => Object.values(path));
  return operations.find((operation) => operation.operationId === operationId)?.tags[0] ?? "";
}

async function opened(page: Page, operationId: string): Promise<Locator> {
  const block = page.locator(`.opblock[id$="-${operationId}"]`);
  // Of so many operations the page draws only those near what is seen, so they are filtered by tag.
  await page.locator(".operation-filter-input").fill(await tagOf(operationId));
  await page.locator(".operations-virtual").waitFor({ state: "detached" });
  await block.locator(".opblock-summary-control").click();
  await block.locator(".execute").waitFor();
  return block;
}

function field(block: Locator, name: string): Locator {
  return block
    .locator(`tr[data-param-name="${name}"], tr:has(.parameter__name:text-is("${name}"))`)
    .locator("input, textarea, select")
    .first();
}

/** Presses Execute; resolves with the body of the answer that the page shows. */
async function executed(block: Locator, expected = "200"): Promise<string> {
  // Pressed again, it shows the answer before until the new one has come.
  const isAsked = (response: Response) => response.request().resourceType() === "fetch";
  await Promise.all([block.page().waitForResponse(isAsked), block.locator(".execute").click()]);
  const answer = block.locator(".live-responses-table .response");
  await answer.waitFor();
  const body = (await answer.locator(".highlight-code code").first().textContent()) ?? "";
  const status = await answer.locator(".response-col_status").textContent();
  expect(status, body).toStartWith(expected);
  return body;
}
