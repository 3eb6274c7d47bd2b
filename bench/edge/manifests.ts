import { median } from "../starter.ts";
import { CONSTANT_HOST, TRIVIAL_HOST } from "./local-edge.ts";
import { manifestOf, type Registries } from "./registries.ts";
import { type Load, medianLoad, type Target } from "./wrk.ts";

const ROUNDS = 9;
const OURS = "Cornice";

/** Requests for a warm manifest by tag, compared with Workers that do almost nothing, and with registry:2. */
export async function benchManifests({ edge, peer, wrk, print }: Registries): Promise<void> {
  const ours = manifestOf(edge);
  const targets: readonly (readonly [name: string, target: Target])[] = [
    [OURS, ours],
    ["Cornice, GET /v2/", { host: edge.host, path: "/v2/" }],
    ["the same bytes and headers, constant", { ...ours, hostHeader: CONSTANT_HOST }],
    ["trivial Worker", { ...ours, hostHeader: TRIVIAL_HOST }],
    ["registry:2", manifestOf(peer)],
  ];
  const rounds: Map<string, Load>[] = [];
  // Targets take turns. So a machine that becomes slower or faster affects all of them alike.
  for (let round = 0; round < ROUNDS; round++) {
    const loads = new Map<string, Load>();
    for (const [name, target] of targets) loads.set(name, await wrk(target));
    rounds.push(loads);
  }
  print(`Warm manifest by tag, 16 connections; medians of ${ROUNDS} rounds, and medians of the rounds' ratios`);
  for (const [name] of targets) print(`  ${name.padEnd(36)} ${describe(rounds, name)}`);
}

function describe(rounds: readonly ReadonlyMap<string, Load>[], name: string): string {
  const loads = rounds.flatMap((round) => round.get(name) ?? []);
  const rate = `${medianLoad(loads).requestsPerSecond.toFixed(0).padStart(5)} requests/s`;
  return name === OURS ? rate : `${rate}; ${OURS} has ${ratio(rounds, name).toFixed(2)} times that`;
}

/** Within a round, the machine is about equally busy for both. */
function ratio(rounds: readonly ReadonlyMap<string, Load>[], name: string): number {
  return median(rounds.map((round) => rateOf(round, OURS) / rateOf(round, name)));
}

function rateOf(round: ReadonlyMap<string, Load>, name: string): number {
  return round.get(name)?.requestsPerSecond ?? NaN;
}
