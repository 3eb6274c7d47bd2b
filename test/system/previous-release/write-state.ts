/**
 * Writes what a release leaves in R2 and KV into the file of the first argument: the state that
 * `test/system/previous-release.test.ts` begins with. README.md says how to run it with another release's code.
 */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { generatePrivateKey } from "../../../image/signing-keys/private-key.ts";
import { MEDIA_TYPES } from "../../../protocol/media-types.ts";
import { output } from "../program.ts";
import { REPOSITORY } from "../registry.ts";
import { listStored } from "../stored-objects.ts";
import { removeFolder } from "../../remove-folder.ts";
import { startRegistryOfSet } from "./registry-of-set.ts";
import { dumpState } from "./stored-state.ts";

const POLL_MS = 100;
const PULLED = ["hello", "world", "large", "hello/world"];

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("name the file to write");
const directory = await mkdtemp(join(tmpdir(), "cornice-state-"));
process.env["CORNICE_SIGNING_KEY"] = await generatePrivateKey();
const registry = await startRegistryOfSet(directory);
const origin = await registry.origin("origin");
try {
  for (const name of PULLED) {
    const headers = { Accept: MEDIA_TYPES.oci.manifest };
    const answer = await fetch(`${registry.url}/v2/${name}/manifests/latest`, { headers });
    if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
    // The Worker unpacks what stands beside the image when somebody asks for it.
    await fetch(`${registry.url}/v2/${name}/referrers/${answer.headers.get("docker-content-digest")}`);
  }
  // Both are written behind the answers.
  for (const prefix of ["bundles/", "attached/"])
    while ((await listStored(registry.r2, prefix)).length < PULLED.length) await setTimeout(POLL_MS);
  await output(process.execPath, [join(REPOSITORY, "cli/main.ts"), "index"], {
    env: { ...process.env, ...registry.settings },
  });
  await writeFile(file, await dumpState(registry));
} finally {
  await origin.kill();
  await registry.stop();
  await removeFolder(directory);
}
