import routes from "../fixtures/contract/routes.json";

/** One parameter as the contract lists it. */
export interface ContractParameter {
  name: string;
  type: string;
  in: "query" | "form";
  required: boolean;
  default?: unknown;
  minimum?: number;
  maximum?: number;
}

/** One operation as the contract lists it. */
export interface ContractOperation {
  method: string;
  path: string;
  aliases: string[];
  tag: string;
  operationId: string;
  session: "required" | "optional" | "none";
  params: ContractParameter[];
  returns: string;
  first_seen: string;
}

/** Fields that the contract requires and this product does not: a first step does not need them. */
const documentedOptional: Readonly<Record<string, readonly string[]>> = {
  postAuthTotp: ["verification_code"],
};

export const contract = (routes as unknown as ContractOperation[]).map((entry) => ({
  ...entry,
  params: entry.params.map((parameter) =>
    documentedOptional[entry.operationId]?.includes(parameter.name)
      ? { ...parameter, required: false, default: null }
      : parameter,
  ),
}));

/** Tags of the operations that this product has beside the contract's. */
export const OWN_TAGS: ReadonlySet<string> = new Set(["Admin", "Proxy", "Session", "Upload"]);

/** The contract's entry of an operation. */
export function contractOf(operationId: string): ContractOperation | undefined {
  return contract.find((entry) => entry.operationId === operationId);
}

const PROXY_FIELDS = ["proxy_id", "proxy_country"];

/** Parameters that this product takes in addition to the contract's. */
export const documentedExtras: Readonly<Record<string, readonly string[]>> = {
  getAlbumDownload: ["returnFile"],
  getAlbumDownloadByUrls: ["returnFile"],
  postAuthLogin: ["new_session", ...PROXY_FIELDS],
  postAuthLoginBySessionid: ["new_session", ...PROXY_FIELDS],
  patchAuthRelogin: ["password", "username", "verification_code"],
  patchAuthSettings: ["clear_proxy", "new_session", ...PROXY_FIELDS],
};

/**
 * Operations whose session the contract has as `none` and that take one all the same: it lends its
 * proxy, and finds what only the account may see.
 */
export const sessionWelcome: ReadonlySet<string> = new Set(["getMediaId", "getMediaPkFromUrl"]);
