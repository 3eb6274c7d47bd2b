import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createIsolation } from "../../origin/isolation/create-isolation.ts";

/** Prints the gaps of an origin's isolation, and the caches that Nix asks. Arguments: a folder, binary caches. */
const [work = "", substituters = ""] = process.argv.slice(2);
const netrcFile = join(work, "netrc");
await writeFile(netrcFile, "", { mode: 0o600 });
const isolation = createIsolation({
  env: { PATH: process.env["PATH"] ?? "", HOME: work },
  daemon: { sandbox: true, maxJobs: undefined, substituters, netrcFile },
  evaluationMib: 4096,
  buildMib: 4096,
  maxFileBytes: 2 ** 33,
});
const { gaps } = await isolation.report();
for (const gap of gaps) console.log(gap);
console.log(`caches: ${(await isolation.caches()).join(" ")}`);
await isolation.close();
