import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { objectOf } from "../json.ts";
import { test } from "../origin/fixtures.ts";
import { run } from "../system/program.ts";

const REPOSITORY = join(import.meta.dirname, "../..");
const OWN = `
name = "images"
[[kv_namespaces]]
binding = "KV"
id = "0123456789abcdef0123456789abcdef"
[vars]
ORIGIN_URL = "https://origin.example"
`;

/** Runs `npm run deploy` with a file of the operator's own settings. Sends nothing. */
async function deploy(directory: string, own: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(directory, "own.toml");
  if (own !== "") await writeFile(file, own);
  const args = [join(REPOSITORY, "deploy/main.ts"), "deploy", "--dry-run", "--outdir", join(directory, "out")];
  return run(process.execPath, args, {
    cwd: directory,
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", CORNICE_DEPLOYMENT: file, ...env },
  });
}

describe("npm run deploy", () => {
  test("deploys wrangler.toml with the operator's own settings", async ({ directory }) => {
    const { code, stdout, stderr } = await deploy(directory, OWN);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("https://origin.example");
    expect(stdout).toContain("0123456789abcdef0123456789abcdef");
    expect(stdout).toContain("PULL_LIMIT");
    const merged = objectOf(await readFile(join(REPOSITORY, "wrangler.merged.json"), "utf8"));
    expect(merged["name"]).toBe("images");
  });

  test("refuses without a namespace and with an address of this machine", async ({ directory }) => {
    expect(await deploy(directory, "")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        'cornice: own.toml: the KV namespace has no id: set the id that "npm run wrangler -- kv namespace create cornice" printed\n' +
        "cornice: own.toml: ORIGIN_URL is http://127.0.0.1:8788, which Cloudflare cannot reach: name the address of a tunnel or a proxy\n",
    });
  });

  test.for([
    ["container.toml", "OriginContainer", "registry.cloudflare.com/ACCOUNT/cornice-origin-without-nix"],
    ["snapshot-container.toml", "SnapshotContainer", "SnapshotContainer (durable_object)"],
  ] as const)(
    "deploys origins that are Cloudflare Containers with %s, without an engine that builds them",
    async ([file, name, container], { directory }) => {
      const template = await readFile(join(REPOSITORY, "deploy", file), "utf8");
      const own = template.replace(/^id = .*$/m, 'id = "0123456789abcdef0123456789abcdef"');
      const { code, stdout, stderr } = await deploy(directory, own, { DOCKER_HOST: "unix:///nowhere" });
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toContain(`env.ORIGIN_CONTAINERS (${name})`);
      expect(stdout).toContain(container);
      const worker = await readFile(join(directory, "out/with-container.js"), "utf8");
      expect(worker.includes(`${name} = class extends`)).toBe(true);
    },
  );

  test("keeps the classes of containers out of the usual Worker", async ({ directory }) => {
    await deploy(directory, OWN);
    const worker = await readFile(join(directory, "out/index.js"), "utf8");
    expect(/(?:Origin|Snapshot)Container = class/.test(worker)).toBe(false);
  });
});
