import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { BUILDS_PATH, type BuildEvent } from "../../protocol/build-events.ts";
import type { ImageRequest } from "../../protocol/image-request.ts";
import { signCall, SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../protocol/signature.ts";
import { freePort } from "../../start/machine/ports.ts";
import { COMPILED, REPOSITORY } from "./registry.ts";

/** The secret of each origin. */
export const SECRET = "a secret that only this test knows, long enough";

/** An origin without `npm start`, as it runs in production. */
export interface OriginProcess {
  /** Everything printed so far. */
  log(): string;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** Resolves when the text has been printed. */
  logged(text: string): Promise<void>;
  /** The events of a build, until the last one or until the connection breaks. A proxy's address may stand for ours. */
  build(request: ImageRequest, through?: string): AsyncGenerator<BuildEvent>;
  /** Sends a signal. */
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code when the origin has ended by itself. */
  ended(): Promise<number | null>;
  /** Kills the origin, if it still runs. Like a crash, this cleans up nothing. */
  kill(): Promise<void>;
}

const POLL_MS = 50;

/** Listens on a free port, unless the settings name one. */
export async function startOrigin(env: Readonly<Record<string, string>>): Promise<OriginProcess> {
  const port = env["CORNICE_ORIGIN_PORT"] ?? String(await freePort());
  const child = spawn(process.execPath, [join(REPOSITORY, "origin/service/main.ts")], {
    env: { ...COMPILED, ...process.env, ...env, CORNICE_ORIGIN_SECRET: SECRET, CORNICE_ORIGIN_PORT: port },
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
  const url = `http://127.0.0.1:${port}`;
  const ended = once(child, "exit");
  return {
    url,
    log: () => text,
    async logged(wanted) {
      while (!text.includes(wanted)) {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${JSON.stringify(wanted)} was not printed:\n${text}`);
        await setTimeout(POLL_MS);
      }
    },
    build: (request, through = url) => buildEvents(through, request),
    signal: (name) => void child.kill(name),
    async ended() {
      await ended;
      return child.exitCode;
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
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
