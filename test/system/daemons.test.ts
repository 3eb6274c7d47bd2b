import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DAEMONS } from "./daemons.ts";
import { type RegistryAndEngine, startRegistryAndEngine } from "./registry-and-engine.ts";

/** One image with all daemons: building and pulling an image takes longer than starting a daemon. */
const PACKAGES = new Set([...DAEMONS.map((daemon) => daemon.package ?? daemon.name), "curl", "dnsutils", "tcpdump"]);
const FILES = join(import.meta.dirname, "daemon-files");
const ATTEMPTS = 600;
const POLL_S = 0.2;
/** Some daemons close every number that a file can have. With the engine's billion, this takes 20 seconds. */
const MAX_FILES = "nofile=4096";

let started: RegistryAndEngine;

beforeAll(async () => {
  started = await startRegistryAndEngine();
  const image = `${started.registry.host}/shell/${[...PACKAGES].join("/")}`;
  await started.engine.docker("pull", "--quiet", image);
  await started.engine.docker("tag", image, "daemons");
});

afterAll(() => started.stop());

/** Starts the daemon in a new container, and returns what the client prints as soon as it gets an answer. */
function ask(user: string, daemon: string, client: string): Promise<string> {
  const script = [
    `{ ${daemon}; } >/tmp/log 2>&1 &`,
    `for attempt in {1..${ATTEMPTS}}; do`,
    `  if answer=$(${client} 2>/tmp/errors) && [ -n "$answer" ]; then echo "$answer"; exit; fi`,
    `  kill -0 $! && sleep ${POLL_S} || break`,
    "done",
    "cat /tmp/log /tmp/errors && exit 1",
  ];
  const mounts = ["--volume", `${FILES}:/files:ro`, "--volume", `${FILES}/www:/var/www/html:ro`];
  const options = ["--rm", "--network", "none", "--user", user, "--ulimit", MAX_FILES, ...mounts];
  return started.engine.docker("run", ...options, "daemons", "bash", "-c", script.join("\n"));
}

describe.concurrent("a daemon answers", () => {
  const starts = DAEMONS.flatMap(({ name, root, user, asUser = root, client, answer }) => [
    ...(root === undefined ? [] : [{ name, user: "root", command: root, client, answer }]),
    ...(asUser === undefined ? [] : [{ name, user, command: asUser, client, answer }]),
  ]);

  it.each(starts)("$name, as $user", async ({ user, command, client, answer }) => {
    expect(await ask(user, command, client)).toContain(answer);
  });
});

describe.concurrent("a daemon refuses to run as root", () => {
  const refusing = DAEMONS.filter(({ root }) => root === undefined);

  it.each(refusing)("$name", async ({ asUser = "" }) => {
    const script = `{ ${asUser}; } 2>&1 || true`;
    const printed = await started.engine.docker("run", "--rm", "--network", "none", "daemons", "bash", "-c", script);
    expect(printed).toContain("root");
  });
});

it("tcpdump gives up root for its own user", async () => {
  const script = "tcpdump -i lo -c 1 -w /dev/null & sleep 1; stat -c %U /proc/$!";
  expect(await started.engine.docker("run", "--rm", "--network", "none", "daemons", "bash", "-c", script)).toBe(
    "tcpdump\n",
  );
});
