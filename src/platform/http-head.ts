import type { Socket } from "node:net";

/** The longest head (status line and headers) of a message that is read. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** A message's head is longer than MAX_HEAD_BYTES. */
export class HeadTooLong extends Error {
  override readonly name = "HeadTooLong";
}

/**
 * Reads the head of an HTTP message from a socket, then pauses the socket. `done` gets the head's
 * text without its last line break (or HeadTooLong), and the bytes that came after the head.
 */
export function readHead(
  socket: Socket,
  done: (head: string | HeadTooLong, rest: Buffer) => void,
): void {
  let received = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf("\r\n\r\n");
    if (end < 0 && received.length <= MAX_HEAD_BYTES) return;
    socket.off("data", onData);
    socket.pause();
    if (end < 0) done(new HeadTooLong(), received);
    else done(received.subarray(0, end).toString("latin1"), received.subarray(end + 4));
  };
  socket.on("data", onData);
}
