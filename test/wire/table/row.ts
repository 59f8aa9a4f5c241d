/**
 * The wire of what no recording shows, taken from the recorded client's source (0.9.7). One row a
 * call of the gateway; each request in it is `verb path?query`, and `[]` is none at all.
 */
export interface Row {
  operation: string;
  call: string;
  form?: Record<string, string>;
  /** Files of the recordings, by form field: `[["file", "photo.jpg"]]`. */
  files?: [field: string, name: string][];
  session?: false;
  requests: Request[];
}
export interface Request {
  /** `<session.uuid>` and its like stand for values of the session, as in the recordings. */
  send: string;
  host?: string;
  /** JSON of a signed body, in its order: a value, or its JSON text where numbers pass 2^53. */
  signed?: unknown;
  /** JSON text of an unsigned body. */
  json?: string;
  /** The body is a file that is uploaded. */
  binary?: true;
  form?: [name: string, value: string][];
  /** Headers of a request to the web beside the common ones. */
  web?: Record<string, string>;
  /** All headers of a request that has none of the common ones. */
  bare?: Record<string, string>;
  /** Headers beside the app's common ones. */
  extra?: Record<string, string>;
  answer: unknown;
}
