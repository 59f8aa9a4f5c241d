import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { OPERATOR } from "../../announcements.ts";
import { parseAllowList } from "../../net/address-rules.ts";
import { createHostGuard } from "../../net/host-guard.ts";
import {
  cleanCountry,
  cleanLabel,
  cleanRegion,
  cleanUrl,
  createHostCheck,
  MAX_SESSIONS_OF_A_PROXY,
} from "../../proxies/fields.ts";
import { createProxyImport, type ListLine } from "../../proxies/import/import.ts";
import type { ListDefaults } from "../../proxies/import/line.ts";
import { proxyJson } from "../../proxies/json.ts";
import { isProxyScheme, PROXY_SCHEMES } from "../../proxies/proxy-url.ts";
import type { ProxyPlace, ProxySummary } from "../../proxies/rows.ts";
import {
  type Command,
  type CommandContext,
  CommandFailed,
  type CommandInput,
  knownTenant,
  optionalInteger,
  optionalMode,
  UsageError,
} from "../command.ts";
import { allPages, table } from "../output.ts";

const OWNER = "[--tenant <tenant>]";
const CHOICES =
  "[--label <text>] [--country <XX>] [--region <fly-region>] [--max-sessions <n>] [--on-failure fail|move]";
const ownerOptions = { tenant: "string", mode: "string" } as const;
const choiceOptions = {
  label: "string",
  country: "string",
  region: "string",
  "max-sessions": "string",
  "on-failure": "string",
} as const;

/** Proxies of a tenant, or without --tenant those that the operator offers to all. */
export const proxyCommands: Record<string, Command> = {
  "proxies list": {
    usage: `proxies list ${OWNER} [--mode test|live] [--state unknown|healthy|failing|down] [--country <XX>] [--region <fly-region>] [--label <text>]`,
    summary: "list a tenant's proxies, or without --tenant those offered to all; no credentials",
    positionals: [],
    options: {
      ...ownerOptions,
      state: "string",
      country: "string",
      region: "string",
      label: "string",
    },
    async run(context, input) {
      const mode = optionalMode(input);
      const { label, country, region } = choicesIn(input);
      const filter = {
        state: oneOf(input, "state", ["unknown", "healthy", "failing", "down"]),
        label: label ?? undefined,
        country: country ?? undefined,
        region: region ?? undefined,
      };
      const tenantId = await tenantIdIn(context, input);
      const owner = { tenantId, ...(mode === undefined ? {} : { mode }) };
      const all = await allPages(async (cursor) => {
        const page = await context.proxies.list({ owner }, { ...filter, cursor, limit: 100 });
        return { items: page.proxies, nextCursor: page.nextCursor };
      });
      const heading = [
        "ID",
        "MODE",
        "STATE",
        "SESSIONS",
        "COUNTRY",
        "REGION",
        "LAST ERROR",
        "URL",
        "LABEL",
      ];
      context.print(table(heading, all.map(rowOf)), all.map(proxyJson));
      return 0;
    },
  },

  "proxies add": {
    usage: `proxies add <url> ${OWNER} [--mode test|live] ${CHOICES}`,
    summary:
      "add a proxy for a tenant (mode live unless given), or without --tenant offer one to all tenants",
    positionals: ["url"],
    options: { ...ownerOptions, ...choiceOptions },
    async run(context, input) {
      const url = cleanUrl(input.positional("url"));
      const fields = { ...usualChoices, ...choicesIn(input), url: url.href };
      const place = await placeIn(context, input);
      await hostCheckOf(context)(url, place.mode);
      const { proxy, isNew } = await context.proxies.create(place, fields);
      context.print(`${isNew ? "added" : "was there already:"} ${proxy.id}`, proxyJson(proxy));
      return 0;
    },
  },

  "proxies import": {
    usage: `proxies import <file> ${OWNER} [--mode test|live] [--scheme ${PROXY_SCHEMES.join("|")}] ${CHOICES}`,
    summary:
      "import a list, one proxy a line (host:port:user:password, URLs, or JSON); repeating it doubles nothing; exit code 1 when lines were refused",
    positionals: ["file"],
    options: { ...ownerOptions, ...choiceOptions, scheme: "string" },
    async run(context, input) {
      const scheme = input.option("scheme") ?? "http";
      if (!isProxyScheme(scheme))
        throw new UsageError(`--scheme must be one of ${PROXY_SCHEMES.join(", ")}`);
      const defaults: ListDefaults = { ...usualChoices, ...choicesIn(input), scheme };
      const file = input.positional("file");
      const place = await placeIn(context, input);
      const importProxies = createProxyImport(context.proxies, hostCheckOf(context));
      const result = await importProxies(place, linesOf(file), { defaults, by: OPERATOR });
      const { created, existing, failed, errors } = result;
      const text = [
        `added ${created}, there already ${existing}, refused ${failed}`,
        ...errors.map(({ line, field, message }) =>
          [`line ${line}:`, field, message].filter((part) => part !== null).join(" "),
        ),
      ].join("\n");
      context.print(text, result);
      return failed === 0 ? 0 : 1;
    },
  },

  "proxies check": {
    usage: `proxies check <proxy-id> ${OWNER}`,
    summary: "have a running server check a proxy now; proxies list then shows its state",
    positionals: ["proxy-id"],
    options: { tenant: "string" },
    async run(context, input) {
      const id = input.positional("proxy-id");
      const tenantId = await tenantIdIn(context, input);
      const proxy = await context.proxies.scheduleCheck({ tenantId }, id);
      if (proxy === null) throw noProxy(id);
      context.print(`${proxy.id} is checked next; it was ${proxy.state}`, proxyJson(proxy));
      return 0;
    },
  },

  "proxies delete": {
    usage: `proxies delete <proxy-id> ${OWNER}`,
    summary: "delete a proxy that no session uses",
    positionals: ["proxy-id"],
    options: { tenant: "string" },
    async run(context, input) {
      const id = input.positional("proxy-id");
      const tenantId = await tenantIdIn(context, input);
      if (!(await context.proxies.delete({ tenantId }, id))) throw noProxy(id);
      context.print(`deleted ${id}`, { deleted: id });
      return 0;
    },
  },
};

const usualChoices = {
  label: null,
  country: null,
  region: null,
  maxSessions: null,
  onFailure: "fail",
} as const;

/** The choices that the command line makes. Throws UsageError, InvalidInput. */
function choicesIn(input: CommandInput) {
  const [label, country, region] = ["label", "country", "region"].map((name) => input.option(name));
  const maxSessions = optionalInteger(input, "max-sessions", [0, MAX_SESSIONS_OF_A_PROXY]);
  const onFailure = oneOf(input, "on-failure", ["fail", "move"]);
  return {
    ...(label === undefined ? {} : { label: cleanLabel(label) }),
    ...(country === undefined ? {} : { country: cleanCountry(country, "--country") }),
    ...(region === undefined ? {} : { region: cleanRegion(region) }),
    ...(maxSessions === undefined ? {} : { maxSessions }),
    ...(onFailure === undefined ? {} : { onFailure }),
  };
}

/** The value of an option that has only a few. Throws UsageError. */
function oneOf<const Value extends string>(
  input: CommandInput,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = input.option(name);
  const value = values.find((one) => one === text);
  if (text !== undefined && value === undefined)
    throw new UsageError(`--${name} must be one of ${values.join(", ")}`);
  return value;
}

/** The id of the tenant of --tenant; null without it. */
async function tenantIdIn(
  { tenants }: CommandContext,
  input: CommandInput,
): Promise<string | null> {
  const name = input.option("tenant");
  return name === undefined ? null : (await knownTenant(tenants, name)).id;
}

async function placeIn(context: CommandContext, input: CommandInput): Promise<ProxyPlace> {
  const mode = optionalMode(input);
  const tenantId = await tenantIdIn(context, input);
  return tenantId === null ? { tenantId, mode: mode ?? null } : { tenantId, mode: mode ?? "live" };
}

const hostCheckOf = ({ config }: CommandContext) =>
  createHostCheck(createHostGuard(parseAllowList(config.urlAllowHosts)));

/** The lines of a file. Throws CommandFailed. */
async function* linesOf(file: string): AsyncGenerator<ListLine, void, undefined> {
  let number = 0;
  try {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
    for await (const line of lines) {
      number++;
      const text = line.trim();
      if (text !== "") yield { number, text };
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : null;
    if (code === null) throw error;
    const reason = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new CommandFailed(`${file}: ${reason}`);
  }
}

const rowOf = (proxy: ProxySummary): string[] => [
  proxy.id,
  proxy.mode ?? "both",
  proxy.state,
  `${proxy.sessions}/${proxy.maxSessions ?? "-"}`,
  proxy.country ?? "-",
  proxy.region ?? "-",
  proxy.lastError ?? "-",
  proxy.url ?? "(key missing)",
  proxy.label ?? "-",
];

const noProxy = (id: string): CommandFailed =>
  new CommandFailed(
    `there is no proxy ${id} (proxies of a tenant need --tenant, those offered to all must not have it)`,
  );
