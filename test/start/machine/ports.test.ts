import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { assertPortFree, freePort } from "../../../start/machine/ports.ts";
import { StartError } from "../../../start/machine/start-error.ts";
import { rejection } from "../../origin/fixtures.ts";

/** Listens on a port that the system chooses. */
async function listen(host: string): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  const close = async () => {
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  onTestFinished(close);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { port: address.port, close };
}

test.each(["127.0.0.1", "0.0.0.0"])("the error about a taken port on %s names its setting", async (host) => {
  const { port } = await listen(host);
  const error = await rejection(assertPortFree(port, "CORNICE_PORT"));
  expect(error).toBeInstanceOf(StartError);
  expect(error).toMatchObject({ message: `port ${port} is taken; free it, or choose another with CORNICE_PORT` });
});

test("the check leaves a free port free", async () => {
  const { port, close } = await listen("127.0.0.1");
  await close();
  await assertPortFree(port, "CORNICE_PORT");
  await expect(assertPortFree(port, "CORNICE_PORT")).resolves.toBeUndefined();
});

test("a free port can be found", async () => {
  await expect(assertPortFree(await freePort(), "CORNICE_PORT")).resolves.toBeUndefined();
});

test("a free port is none that the system gives to connections meanwhile", async () => {
  const range = await readFile("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
  const [first = 0] = range.split("\t").map(Number);
  const ports = await Promise.all(Array.from({ length: 20 }, freePort));
  expect(Math.max(...ports)).toBeLessThan(first);
  expect(new Set(ports).size).toBeGreaterThan(1);
});
