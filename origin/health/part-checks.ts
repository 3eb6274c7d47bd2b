import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Isolation } from "../isolation/isolation.ts";
import type { NixNeed } from "../nix/nix-need.ts";
import { runNix } from "../nix/run-nix.ts";
import { ABSENT_PATH } from "../../image/closure/store-path.ts";
import { withSpoolFolder } from "../system/spool.ts";
import type { RemoteKvIndex } from "../stores/kv-index.ts";
import type { ObjectStore } from "../stores/object-store.ts";
import type { DiskWatch } from "../disks/disk-watch.ts";
import type { PartCheck } from "./readiness.ts";

interface PartOptions {
  readonly isolation: Isolation;
  /** Builds do not need Nix. */
  readonly isWithoutNix?: boolean;
  readonly nixNeed: Pick<NixNeed, "check">;
  readonly disks: Pick<DiskWatch, "check">;
  readonly spoolDirectory: string;
  readonly store: ObjectStore;
  readonly index: Pick<RemoteKvIndex, "check">;
}

const ABSENT_KEY = "readiness";

/** Checks each part that every build needs, as cheaply as possible. */
export function partChecks(options: PartOptions): Readonly<Record<string, PartCheck>> {
  const { isolation, isWithoutNix, nixNeed, disks, spoolDirectory, store, index } = options;
  const nix: Readonly<Record<string, PartCheck>> = {
    nix: (signal) => askNix(isolation, signal),
    "nix-version": () => nixNeed.check(),
  };
  return {
    ...(isWithoutNix ? {} : nix),
    disk: () => disks.check(),
    spool: () => withSpoolFolder(spoolDirectory, (folder) => writeFile(join(folder, "probe"), "cornice")),
    r2: () => store.head(ABSENT_KEY),
    kv: (signal) => index.check(signal),
  };
}

/** Asks Nix's database, through its daemon. */
async function askNix(isolation: Isolation, signal: AbortSignal): Promise<void> {
  const command = await isolation.own("nix-store", ["--check-validity", "--print-invalid", ABSENT_PATH]);
  const lines = await runNix(command, signal);
  if (lines.join("\n") !== ABSENT_PATH) throw new Error(`nix-store did not answer: ${lines.join("\n")}`);
}
