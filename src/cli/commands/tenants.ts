import { tenantJson } from "../../tenants/json.ts";
import type { Tenant, TenantChanges } from "../../tenants/tenants.ts";
import {
  type Command,
  type CommandContext,
  CommandFailed,
  knownTenant,
  UsageError,
} from "../command.ts";
import { allPages, fields, shownTime, table } from "../output.ts";
import { policiesIn, policyOptions, policyUsage, shownPolicies } from "../policy-options.ts";

export const tenantCommands: Record<string, Command> = {
  "tenants create": {
    usage: `tenants create <name> ${policyUsage}`,
    summary: "create a tenant",
    positionals: ["name"],
    options: policyOptions,
    async run(context, input) {
      const tenant = await context.tenants.create({
        name: input.positional("name"),
        policies: policiesIn(input),
      });
      return printTenant(context, tenant);
    },
  },

  "tenants list": {
    usage: "tenants list",
    summary: "list all tenants",
    positionals: [],
    options: {},
    async run({ tenants, print }) {
      const all = await allPages(async (cursor) => {
        const page = await tenants.list({ cursor, limit: 100 });
        return { items: page.tenants, nextCursor: page.nextCursor };
      });
      const rows = all.map((tenant) => [
        tenant.id,
        tenant.status,
        shownTime(tenant.createdAt),
        tenant.name,
      ]);
      print(table(["ID", "STATUS", "CREATED", "NAME"], rows), all.map(tenantJson));
      return 0;
    },
  },

  "tenants show": {
    usage: "tenants show <tenant>",
    summary: "show one tenant",
    positionals: ["tenant"],
    options: {},
    async run(context, input) {
      return printTenant(context, await knownTenant(context.tenants, input.positional("tenant")));
    },
  },

  "tenants suspend": {
    usage: "tenants suspend <tenant>",
    summary: "refuse all requests of a tenant until it is resumed",
    positionals: ["tenant"],
    options: {},
    run: (context, input) =>
      updateTenant(context, input.positional("tenant"), { status: "suspended" }),
  },

  "tenants resume": {
    usage: "tenants resume <tenant>",
    summary: "end a suspension",
    positionals: ["tenant"],
    options: {},
    run: (context, input) =>
      updateTenant(context, input.positional("tenant"), { status: "active" }),
  },

  "tenants update": {
    usage: `tenants update <tenant> [--name <name>] ${policyUsage}`,
    summary: "change a tenant's name or its policies",
    positionals: ["tenant"],
    options: { name: "string", ...policyOptions },
    run(context, input) {
      const name = input.option("name");
      const policies = policiesIn(input);
      if (name === undefined && Object.keys(policies).length === 0)
        throw new UsageError("nothing to change was given");
      const changes: TenantChanges = { ...(name === undefined ? {} : { name }), policies };
      return updateTenant(context, input.positional("tenant"), changes);
    },
  },

  "tenants delete": {
    usage: "tenants delete <tenant> --yes",
    summary: "delete a tenant with all its keys and sessions",
    positionals: ["tenant"],
    options: { yes: "boolean" },
    async run(context, input) {
      if (!input.flag("yes")) {
        throw new UsageError("this deletes the tenant's keys and sessions: confirm with --yes");
      }
      const tenant = await knownTenant(context.tenants, input.positional("tenant"));
      await context.tenants.delete(tenant.id);
      await context.tenants.purge();
      context.print(`deleted ${tenant.id}`, { deleted: tenant.id });
      return 0;
    },
  },
};

async function updateTenant(
  context: CommandContext,
  idOrName: string,
  changes: TenantChanges,
): Promise<0> {
  const { id } = await knownTenant(context.tenants, idOrName);
  const tenant = await context.tenants.update(id, changes);
  if (tenant === null) throw new CommandFailed(`there is no tenant ${id}`);
  return printTenant(context, tenant);
}

function printTenant({ print }: CommandContext, tenant: Tenant): 0 {
  const text = fields([
    ["id", tenant.id],
    ["name", tenant.name],
    ["status", tenant.status],
    ...shownPolicies(tenant.policies),
    ["created", shownTime(tenant.createdAt)],
    ["updated", shownTime(tenant.updatedAt)],
  ]);
  print(text, tenantJson(tenant));
  return 0;
}
