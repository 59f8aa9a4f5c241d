import { type ApiKeyRecord, type IssuedKey, maxOverlapSeconds } from "../../tenants/api-keys.ts";
import { readInstant } from "../../tenants/instants.ts";
import { apiKeyJson } from "../../tenants/json.ts";
import {
  type Command,
  type CommandContext,
  CommandFailed,
  optionalInteger,
  optionalMode,
  requiredOption,
  requiredTenant,
  UsageError,
} from "../command.ts";
import { allPages, fields, shownTime, table } from "../output.ts";

export const keyCommands: Record<string, Command> = {
  "keys create": {
    usage:
      "keys create --tenant <tenant> --name <name> --mode test|live [--scopes read,write,auth,admin] [--expires-at <time>]",
    summary: "create an API key; its text is shown once",
    positionals: [],
    options: {
      tenant: "string",
      name: "string",
      mode: "string",
      scopes: "string",
      "expires-at": "string",
    },
    async run(context, input) {
      const mode = optionalMode(input);
      if (mode === undefined) throw new UsageError("--mode is missing (test or live)");
      const name = requiredOption(input, "name");
      const scopes = input.option("scopes")?.split(",");
      const expiry = input.option("expires-at");
      const expiresAt = expiry === undefined ? null : readInstant(expiry, "--expires-at");
      const tenant = await requiredTenant(context, input);
      const issued = await context.apiKeys.create(tenant.id, {
        name,
        mode,
        expiresAt,
        ...(scopes === undefined ? {} : { scopes: scopes.map((scope) => scope.trim()) }),
      });
      return printIssued(context, issued);
    },
  },

  "keys list": {
    usage: "keys list --tenant <tenant>",
    summary: "list a tenant's API keys",
    positionals: [],
    options: { tenant: "string" },
    async run(context, input) {
      const tenant = await requiredTenant(context, input);
      const all = await allPages(async (cursor) => {
        const page = await context.apiKeys.list(tenant.id, { cursor, limit: 100 });
        return { items: page.keys, nextCursor: page.nextCursor };
      });
      const rows = all.map((key) => [
        key.id,
        key.mode,
        stateOf(key),
        key.scopes.join(","),
        shownTime(key.lastUsedAt),
        key.name,
      ]);
      const heading = ["ID", "MODE", "STATE", "SCOPES", "LAST USE", "NAME"];
      context.print(table(heading, rows), all.map(apiKeyJson));
      return 0;
    },
  },

  "keys revoke": {
    usage: "keys revoke <key-id> --tenant <tenant>",
    summary: "end an API key at once (running servers follow within seconds)",
    positionals: ["key-id"],
    options: { tenant: "string" },
    async run(context, input) {
      const tenant = await requiredTenant(context, input);
      const record = await context.apiKeys.revoke(tenant.id, input.positional("key-id"));
      if (record === null) throw noSuchKey(input.positional("key-id"));
      context.print(`revoked ${record.id}`, apiKeyJson(record));
      return 0;
    },
  },

  "keys rotate": {
    usage: "keys rotate <key-id> --tenant <tenant> [--overlap-seconds <n>]",
    summary: "issue a successor; the old key works on for a day, or for the given overlap",
    positionals: ["key-id"],
    options: { tenant: "string", "overlap-seconds": "string" },
    async run(context, input) {
      const overlapSeconds = optionalInteger(input, "overlap-seconds", [0, maxOverlapSeconds]);
      const tenant = await requiredTenant(context, input);
      const issued = await context.apiKeys.rotate(tenant.id, input.positional("key-id"), {
        overlapSeconds,
      });
      if (issued === null) throw noSuchKey(input.positional("key-id"));
      return printIssued(context, issued);
    },
  },
};

function noSuchKey(keyId: string): CommandFailed {
  return new CommandFailed(`the tenant has no API key ${keyId}`);
}

function stateOf(key: ApiKeyRecord): string {
  if (key.revokedAt !== null) return "revoked";
  if (key.expiresAt === null) return "active";
  const when = shownTime(key.expiresAt);
  return key.expiresAt <= Date.now() ? `expired ${when}` : `until ${when}`;
}

function printIssued({ print }: CommandContext, { record, key }: IssuedKey): 0 {
  const text = fields([
    ["id", record.id],
    ["name", record.name],
    ["mode", record.mode],
    ["scopes", record.scopes.join(", ")],
    ["expires", record.expiresAt === null ? "never" : shownTime(record.expiresAt)],
    ["key", key],
  ]);
  print(`${text}\nKeep the key now: it is not shown again.`, { ...apiKeyJson(record), key });
  return 0;
}
