import { type BinaryCaches, openCaches } from "../../../origin/caches/binary-caches.ts";
import type { CacheFault } from "../../../origin/caches/cache-fault.ts";
import { parseBinaryCaches } from "../../../origin/caches/settings.ts";
import { startStandIn } from "../../stand-in/server.ts";
import { test as base, writeTree } from "../fixtures.ts";
import { makeKey, narInfoOf, pathOf } from "./signed-path.ts";

export const KEY = makeKey("stand-in-1");
export const HELLO = pathOf("hello-2.12", 1);
export const GLIBC = pathOf("glibc-2.40", 2);
export const INFO = "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 30\n";

/** The files of a cache that has `hello`. */
export const FILES = {
  "nix-cache-info": INFO,
  [`${"1".repeat(32)}.narinfo`]: narInfoOf(HELLO, [KEY], { references: [HELLO, GLIBC] }),
};

export interface Opened {
  readonly caches: BinaryCaches;
  readonly faults: readonly CacheFault[];
  /** Lets milliseconds pass, for what is remembered. */
  readonly pass: (ms: number) => void;
}

export function open(substituters: string, { downloadSilenceS = 3, pausesMs = [1, 1] } = {}): Opened {
  const problems: string[] = [];
  const sources = { substituters, trustedKeys: KEY.publicText, downloadSilenceS, confs: [], netrc: [] };
  const settings = parseBinaryCaches(sources, problems);
  if (!settings) throw new Error(problems.join("\n"));
  const faults: CacheFault[] = [];
  let now = 0;
  const caches = openCaches(settings, { now: () => now, onFault: (fault) => faults.push(fault), pausesMs });
  return { caches, faults, pass: (ms) => (now += ms) };
}

export interface Remote {
  url(faults?: string): string;
  requests(kind: string): number;
}

export const test = base.extend<{ remote: Remote; folder: string }>({
  async folder({ directory }, use) {
    await use(await writeTree(`${directory}/cache`, FILES));
  },
  async remote({ folder, onTestFinished }, use) {
    const server = await startStandIn({ cache: folder });
    onTestFinished(() => server.stop());
    await use({ url: (faults) => server.cacheUrl(faults), requests: (kind) => server.counts.get(kind)?.requests ?? 0 });
  },
});
