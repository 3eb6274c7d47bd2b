import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { BUILDS_PATH, type BuildEvent } from "../../protocol/build-events.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { signCall, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../protocol/signature.ts";
import { freePort } from "../../start/machine/ports.ts";
import { REPOSITORY } from "./registry.ts";

const SECRET = "a secret that only this test knows, long enough";

/** An origin without `npm start`, as it runs in production. */
export interface OriginProcess {
  /** Everything printed so far. */
  log(): string;
  /** The events of a build, until the last one or until the connection breaks. */
  build(request: ImageRequest): AsyncGenerator<BuildEvent>;
  /** Kills the origin, if it still runs. Like a crash, this cleans up nothing. */
  kill(): Promise<void>;
}

export async function startOrigin(env: Readonly<Record<string, string>>): Promise<OriginProcess> {
  const port = String(await freePort());
  const child = spawn(process.execPath, [join(REPOSITORY, "origin/service/main.ts")], {
    env: { ...process.env, ...env, CORNICE_ORIGIN_SECRET: SECRET, CORNICE_ORIGIN_PORT: port },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  await Promise.race([once(child, "message"), once(child, "exit")]);
  if (child.exitCode !== null) throw new Error(`the origin ended:\n${text}`);
  return {
    log: () => text,
    build: (request) => buildEvents(`http://127.0.0.1:${port}`, request),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function* buildEvents(origin: string, request: ImageRequest): AsyncGenerator<BuildEvent> {
  const body = JSON.stringify(request);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = await signCall(SECRET, { method: "POST", path: BUILDS_PATH, timestamp, body });
  const headers = { [TIMESTAMP_HEADER]: timestamp, [SIGNATURE_HEADER]: signature };
  const response = await fetch(`${origin}${BUILDS_PATH}`, { method: "POST", headers, body });
  if (!response.ok || !response.body)
    throw new Error(`the origin answered ${response.status}: ${await response.text()}`);
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}
