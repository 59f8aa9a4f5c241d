import type { UpstreamCall } from "../instagram/client.ts";

type DeviceHeaders = NonNullable<UpstreamCall["device"]>;
type Headers = Readonly<Record<string, string>>;

/** Of a URL, what a request names separately. */
export interface RequestAddress {
  secure: boolean;
  /** As the Host header has it: the port is there when the URL names one. */
  authority: string;
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  path: string;
}

const PLAIN_URL = /^(https?):\/\/([\w.-]+)(?::(\d{1,5}))?(\/[!"$-~]*)$/;

/** Takes a URL apart. Throws TypeError for one that is none. */
export function addressOf(url: string): RequestAddress {
  // The whole parser is several times dearer, and needed for odd characters and IPv6 only.
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

/** A device's headers as lines, and their names in lower case. They change rarely. */
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

/** What a header's value must not hold: it would begin another header, or cannot be sent. */
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
 * A call as the text that goes over the wire, without a body that is a stream, header names as the app
 * writes them. `target` is what
 * stands in the request line; `added` are lines for the proxy that the request is handed to.
 * Throws TypeError for a value that no header can have.
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
      device = without(call.device.record, call.headers);
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

/** A device's lines but for the headers that the call outranks. */
function without(record: Headers, outranking: Headers): string {
  const names = new Set(Object.keys(outranking).map((name) => name.toLowerCase()));
  return linesOf(
    Object.fromEntries(Object.entries(record).filter(([name]) => !names.has(name.toLowerCase()))),
  );
}
