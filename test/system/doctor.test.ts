import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { examine } from "../../cli/doctor/doctor.ts";
import { generatePrivateKey } from "../../image/signing-keys/private-key.ts";
import { freePort } from "../../start/machine/ports.ts";
import { listAt, objectOf, textAt } from "../json.ts";
import { removeFolder } from "../remove-folder.ts";
import { type LocalDeployment, startDeployment } from "./local-deployment.ts";
import { type OriginProcess, SECRET, startOrigin } from "./origin-process.ts";
import { run } from "./program.ts";
import { REPOSITORY, testPackages } from "./registry.ts";
import { listContaining, matching } from "../matchers.ts";

let directory: string;
let deployment: LocalDeployment;
let origin: OriginProcess;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = await mkdtemp(join(await realpath(tmpdir()), "cornice-doctor-"));
  const port = String(await freePort());
  deployment = await startDeployment(join(directory, "state"), { ORIGIN_URL: `http://127.0.0.1:${port}` });
  env = {
    ...deployment.env,
    ...(await testPackages(directory, "doctor")),
    PATH: process.env["PATH"] ?? "",
    CORNICE_ORIGIN_PORT: port,
    CORNICE_ORIGIN_SECRET: SECRET,
    CORNICE_SPOOL_DIR: join(directory, "spool"),
    CORNICE_SOURCES_DIR: join(directory, "sources"),
    CORNICE_REGISTRY_URL: deployment.url,
    CORNICE_SIGNING_KEY: await generatePrivateKey(),
  };
  origin = await startOrigin(env);
});

afterAll(async () => {
  await origin.kill();
  await deployment.stop();
  await removeFolder(directory);
});

/** The problems of the deployment, if the origin's machine has these settings in place of the right ones. */
async function problemsWith(wrong: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const findings = await examine({ ...env, ...wrong }, new URL(deployment.url));
  return findings.flatMap(({ check, state, message }) => (state === "problem" ? [`${check}: ${message}`] : []));
}

test("a deployment that works has no problem, and each part is checked", async () => {
  const { code, stdout } = await run(process.execPath, [join(REPOSITORY, "cli/main.ts"), "doctor", "--json"], { env });
  const result = objectOf(stdout.trim().split("\n").at(-1) ?? "");
  expect([code, result]).toMatchObject([0, { event: "doctor", problems: 0 }]);
  const parts = [
    "settings",
    "r2",
    "kv",
    "tls",
    "secret",
    "source",
    "platforms",
    "limits",
    "origin",
    "keys",
    "nix",
    "disk",
  ];
  const checks = listAt(result, "findings").map((finding) => textAt(finding, "check"));
  expect(checks).toEqual(listContaining(parts));
});

test.for<[fault: string, wrong: Record<string, string>, problem: RegExp]>([
  ["another secret", { CORNICE_ORIGIN_SECRET: "x".repeat(32) }, /^secret: the Worker has another secret$/],
  ["another bucket", { R2_BUCKET: "other" }, /^r2: PUT probe failed at R2/],
  ["a wrong token of R2", { R2_SECRET_ACCESS_KEY: "wrong" }, /^r2: PUT probe failed at R2/],
  ["another namespace", { KV_NAMESPACE_ID: "1".repeat(32) }, /^kv: PUT .* answered \d{3}/],
  [
    "another package source",
    { CORNICE_SOURCE_NAME: "other" },
    /^source: the Worker's PACKAGE_SOURCE is test; .* other$/,
  ],
  ["a setting that cannot be read", { CORNICE_KEPT_MIB: "much" }, /^settings: CORNICE_KEPT_MIB is "much"/],
  [
    "a binary cache that is gone",
    { CORNICE_NIX_SUBSTITUTERS: "http://127.0.0.1:1" },
    /^caches: http:\/\/127\.0\.0\.1:1 /,
  ],
])("%s is a problem", { timeout: 30_000 }, async ([, wrong, problem]) => {
  expect(await problemsWith(wrong)).toEqual(listContaining([matching(problem)]));
});

test("a signing key that is not the published one is a problem", async () => {
  expect(await problemsWith({ CORNICE_SIGNING_KEY: await generatePrivateKey() })).toEqual([
    "keys: the registry publishes another key than the one that signs",
  ]);
});

test("an origin that is down is a problem", async () => {
  await origin.kill();
  expect(await problemsWith({})).toEqual([matching(/^origin: the Worker cannot reach http:/)]);
});
