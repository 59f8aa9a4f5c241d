import { statfsSync } from "node:fs";
import { GatewayProblem } from "../problems/gateway.ts";

/** How much the files of uploads may take at the same time. */
export interface RoomLimits {
  /** Bytes of all files. */
  maxBytes: number;
  /** Bytes of one tenant's files. */
  tenantBytes: number;
  /** Requests with files of one tenant. */
  tenantUploads: number;
}

/** Uploads leave so much of the disk free: it may hold the database too. */
const KEPT_FREE_BYTES = 256 * 1024 * 1024;

/** The share of one tenant. */
interface Tenant {
  bytes: number;
  uploads: number;
}

/**
 * Shares the disk among the uploads that are under way, so that neither one tenant nor all of them
 * fill it. Room is taken before the bytes arrive: an upload that has begun is not refused later
 * because others came after it.
 */
export class Room {
  readonly #tenants = new Map<string, Tenant>();
  /** Room that is taken. */
  #taken = 0;
  /** The part of it that files fill already. */
  #filled = 0;

  constructor(
    private readonly directory: string,
    private readonly limits: RoomLimits,
  ) {}

  /** Room for one request. Throws GatewayRateLimited if the tenant has too many uploads. */
  enter(tenantId: string): Share {
    const { tenantUploads } = this.limits;
    const tenant = this.#tenants.get(tenantId) ?? { bytes: 0, uploads: 0 };
    if (tenant.uploads >= tenantUploads)
      throw new GatewayProblem(
        "GatewayRateLimited",
        `This tenant has ${tenantUploads} uploads under way already`,
        { hint: FEWER_AT_ONCE, retryAfter: RETRY_SECONDS },
      );
    tenant.uploads++;
    this.#tenants.set(tenantId, tenant);
    return new Share(
      (bytes, taken) => this.#take(tenant, bytes, taken),
      (bytes) => {
        this.#filled += bytes;
      },
      (taken, filled) => {
        tenant.bytes -= taken;
        tenant.uploads--;
        this.#taken -= taken;
        this.#filled -= filled;
        if (tenant.uploads === 0) this.#tenants.delete(tenantId);
      },
    );
  }

  /** `taken` is what the upload has taken before. */
  #take(tenant: Tenant, bytes: number, taken: number): void {
    const { maxBytes, tenantBytes } = this.limits;
    const largest = Math.min(maxBytes, tenantBytes);
    if (taken + bytes > largest)
      throw new GatewayProblem(
        "PayloadTooLarge",
        `This gateway takes uploads of ${Math.floor(largest / 1024 / 1024)} MB at the most`,
      );
    if (tenant.bytes + bytes > tenantBytes)
      throw new GatewayProblem(
        "GatewayRateLimited",
        "The uploads of this tenant that are under way are too large together",
        { hint: FEWER_AT_ONCE, retryAfter: RETRY_SECONDS },
      );
    if (this.#taken + bytes > maxBytes) throw new GatewayProblem("UploadsFull", "No room is left");
    if (this.#free() < bytes) throw new GatewayProblem("UploadsFull", "The disk is nearly full");
    tenant.bytes += bytes;
    this.#taken += bytes;
  }

  /** Free bytes of the disk that nobody has taken. */
  #free(): number {
    try {
      const { bavail, bsize } = statfsSync(this.directory);
      return bavail * bsize - (this.#taken - this.#filled) - KEPT_FREE_BYTES;
    } catch {
      // The write tells what is wrong.
      return Number.POSITIVE_INFINITY;
    }
  }
}

const RETRY_SECONDS = 5;
const FEWER_AT_ONCE = "Send fewer and smaller uploads at the same time.";

/** The room of one request's files. */
export class Share {
  #taken = 0;
  #filled = 0;
  #isLeft = false;

  constructor(
    private readonly take: (bytes: number, taken: number) => void,
    private readonly fill: (bytes: number) => void,
    private readonly giveBack: (taken: number, filled: number) => void,
  ) {}

  /**
   * Takes room for what is to come. Throws GatewayProblem: PayloadTooLarge, GatewayRateLimited,
   * UploadsFull.
   */
  expect(bytes: number): void {
    this.take(bytes, this.#taken);
    this.#taken += bytes;
  }

  /** Fills room, and takes more if it is not enough. Throws as expect() does. */
  add(bytes: number): void {
    const missing = this.#filled + bytes - this.#taken;
    if (missing > 0) this.expect(missing);
    this.#filled += bytes;
    this.fill(bytes);
  }

  /** Gives all room back. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.giveBack(this.#taken, this.#filled);
  }
}
