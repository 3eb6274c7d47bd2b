import { TRIVIAL_HOST } from "./local-edge.ts";
import { manifestOf, type Registries } from "./registries.ts";
import { type Load, medianLoad, type Target } from "./wrk.ts";

const ROUNDS = 3;
const OURS = "Cornice";
const VERSION = "Cornice, GET /v2/";
const TRIVIAL = "trivial Worker";
const PEER = "registry:2";

/** Requests for a warm manifest by tag: against a Worker that does nothing, and against registry:2. */
export async function benchManifests({ edge, peer, wrk, print }: Registries): Promise<void> {
  const targets: readonly (readonly [name: string, target: Target])[] = [
    [OURS, manifestOf(edge)],
    [VERSION, { host: edge.host, path: "/v2/" }],
    [TRIVIAL, { host: edge.host, path: "/", hostHeader: TRIVIAL_HOST }],
    [PEER, manifestOf(peer)],
  ];
  const loads = new Map<string, Load[]>();
  // In turn, so that a machine that grows slower or faster treats all alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, target] of targets) loads.set(name, [...(loads.get(name) ?? []), await wrk(target)]);
  }
  print(`Warm manifest by tag, 16 connections; medians of ${ROUNDS}`);
  const rate = (name: string) => medianLoad(loads.get(name) ?? []).requestsPerSecond;
  for (const [name] of targets) {
    const ratio = name === OURS ? "" : `; ${OURS} has ${(rate(OURS) / rate(name)).toFixed(2)} times that`;
    print(`  ${name.padEnd(18)} ${rate(name).toFixed(0).padStart(5)} requests/s${ratio}`);
  }
}
