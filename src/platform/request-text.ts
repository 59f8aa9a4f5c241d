import type { UpstreamCall } from "../instagram/client.ts";

type DeviceHeaders = NonNullable<UpstreamCall["device"]>;
type Headers = Readonly<Record<string, string>>;

/** The parts of a URL that a request sends separately. */
export interface RequestAddress {
  secure: boolean;
  /** For the Host header: with the port if the URL names one. */
  authority: string;
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  path: string;
}

const PLAIN_URL = /^(https?):\/\/([\w.-]+)(?::(\d{1,5}))?(\/[!"$-~]*)$/;

/** Parses a URL. Throws TypeError for an invalid one. */
export function addressOf(url: string): RequestAddress {
  // The full parser is several times slower, and only unusual characters and IPv6 need it.
  const plain = PLAIN_URL.exec(url);
  const [, scheme, host = "", port = "", path = ""] = plain ?? parts(new URL(url));
  const secure = scheme === "https";
  return {
    secure,
    authority: port === "" ? host : `${host}:${port}`,
    host: host.startsWith("[") ? host.slice(1, -1) : host,
    port: port === "" ? (secure ? 443 : 80) : Number(port),
    path,
  };
}

const parts = ({ protocol, hostname, port, pathname, search }: URL): string[] => [
  "",
  protocol.slice(0, -1),
  hostname,
  port,
  pathname + search,
];

/** A device's header lines and the headers' names in lower case. Cached, as they rarely change. */
const deviceLines = new WeakMap<DeviceHeaders, { lines: string; names: ReadonlySet<string> }>();

function linesOfDevice(device: DeviceHeaders): { lines: string; names: ReadonlySet<string> } {
  let cached = deviceLines.get(device);
  if (!cached) {
    const names = new Set(Object.keys(device.record).map((name) => name.toLowerCase()));
    cached = { lines: linesOf(device.record), names };
    deviceLines.set(device, cached);
  }
  return cached;
}

/**
 * Characters that a header's value must not hold: they would start another header, or cannot be
 * sent.
 */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

function linesOf(headers: Headers): string {
  let lines = "";
  for (const name in headers) {
    const value = headers[name] ?? "";
    if (UNSENDABLE.test(value)) throw new TypeError(`The header ${name} cannot be sent`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/**
 * The bytes that a call sends: the head, with header names spelled as the app spells them, and the
 * body unless that is a stream. `target` goes into the request line. `added` are header lines for a
 * proxy that forwards the request. Throws TypeError for a header value that cannot be sent.
 */
export function requestText(
  call: UpstreamCall,
  { authority }: RequestAddress,
  target: string,
  added = "",
): Buffer | string {
  let device = "";
  if (call.device) {
    const { lines, names } = linesOfDevice(call.device);
    device = lines;
    for (const name in call.headers) {
      if (!names.has(name.toLowerCase())) continue;
      device = linesWithout(call.device.record, call.headers);
      break;
    }
  }
  const body = typeof call.body === "string" ? Buffer.from(call.body) : null;
  const bytes = body ?? call.body;
  const length =
    bytes === null && call.method === "GET" ? "" : `Content-Length: ${bytes?.length ?? 0}\r\n`;
  const head = `${call.method} ${target} HTTP/1.1\r\nHost: ${authority}\r\n${device}${linesOf(call.headers)}${length}${added}\r\n`;
  return body === null ? head : Buffer.concat([Buffer.from(head, "latin1"), body]);
}

/** A device's header lines without the headers that the call overrides. */
function linesWithout(record: Headers, overriding: Headers): string {
  const names = new Set(Object.keys(overriding).map((name) => name.toLowerCase()));
  return linesOf(
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name.toLowerCase()))),
  );
}
