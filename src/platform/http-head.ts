import type { Socket } from "node:net";

const MAX_HEAD_BYTES = 64 * 1024;

/** The head of a message was longer than anything that one of ours or an honest proxy's has. */
export class HeadTooLong extends Error {
  override readonly name = "HeadTooLong";
}

/**
 * Reads an HTTP message's head off a socket and leaves the socket paused. `done` gets the head's text
 * without its last line break, and what came after it; or HeadTooLong.
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
