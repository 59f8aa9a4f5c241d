import { afterAll, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { reply } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { startGateway } from "../support/gateway.ts";
import { LIKE, liked, MEDIA, SEND, sent, THREAD, tokenIn } from "../support/idempotency.ts";
import { LONG_MS, productionEnvironment } from "../support/process.ts";
import { startInstagram } from "../support/servers.ts";

const directory = temporaryDirectory();
const upstream = startInstagram({ sandbox: true });
const environment = { ...productionEnvironment(directory.path), UPSTREAM_URL: upstream.origin };
afterAll(() => {
  upstream[Symbol.dispose]();
  directory.remove();
});

test(
  "after a SIGKILL between request and answer a like is unknown, and a message goes out with its token",
  async () => {
    const { instagram } = upstream;
    const first = await startGateway(environment);
    const key = await first.createKey("live");
    const session = (await first.login(key)).body;
    const held = new Gate();
    instagram.on(LIKE, () => held.pass(liked)).on(SEND, () => held.pass(sent));
    const asked = (gateway: typeof first, name: "like" | "message") =>
      gateway.request("POST", name === "like" ? "/media/like" : "/direct/message", {
        key,
        session,
        form: name === "like" ? { media_id: MEDIA } : { text: "hello", thread_ids: THREAD },
        headers: { "Idempotency-Key": `of the ${name}` },
      });
    // Writes of a session wait for each other, so that only the first reaches Instagram.
    const like = asked(first, "like").catch(() => null);
    await until(() => held.running === 1);
    first.kill("SIGKILL");
    await first.ended();
    expect(await like).toBeNull();

    const second = await startGateway(environment);
    const unknown = await asked(second, "like");
    expect([unknown.status, unknown.body.exc_type]).toEqual([409, "OutcomeUnknown"]);
    expect(instagram.callsOf(LIKE)).toHaveLength(1);
    const message = asked(second, "message").catch(() => null);
    await until(() => held.running === 2);
    second.kill("SIGKILL");
    await second.ended();
    expect(await message).toBeNull();
    held.letGo();

    const third = await startGateway(environment);
    instagram.on(SEND, sent);
    const again = await asked(third, "message");
    expect(again.status, again.text).toBe(200);
    expect(instagram.callsOf(SEND)).toHaveLength(2);
    expect(new Set(instagram.callsOf(SEND).map(tokenIn)).size).toBe(1);
    instagram.on(SEND, reply(500, {}));
    expect((await asked(third, "message")).text).toBe(again.text);
    expect((await asked(third, "like")).body.exc_type).toBe("OutcomeUnknown");
    expect(await third.stop()).toBe(0);
  },
  LONG_MS,
);
