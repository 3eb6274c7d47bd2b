import { checkStores } from "../../../origin/checking/check-stores.ts";
import type { Finding } from "../../../origin/checking/finding.ts";
import { SWEEP_LOCK_KEY } from "../../../protocol/sweep-state.ts";
import type { TestEdge } from "../../start/local-edge/test-edge.ts";
import type { Instant, Killable } from "./killable.ts";

/** Numbers from 0 to 1, without 1. */
export type Random = () => number;

export interface KillReport {
  readonly kills: number;
  /** Runs that came to their end between the kills. */
  readonly ended: number;
  /** Of a run that nobody kills. */
  readonly requests: number;
}

export interface Rounds {
  /** The arguments of the command. */
  readonly args: readonly string[];
  /** Gives the command something to do. */
  readonly prepare: () => Promise<void>;
  /** Throws if the stores have lost something. */
  readonly check: () => Promise<void>;
  /** Throws if a run that came to its end has left work. */
  readonly checkEnd: () => Promise<void>;
}

export interface KillOptions {
  readonly kills: number;
  readonly random: Random;
  readonly onKill?: (kills: number) => void;
}

/** The share of kills before the stores see a request. */
const BEFORE = 0.5;
/** About as long as a request takes. */
const MAX_DELAY_MS = 10;

/** Kills the command at random requests, again and again. Each run goes on with what the killed one has left. */
export async function killRounds(
  killable: Killable,
  { args, prepare, check, checkEnd }: Rounds,
  { kills, random, onKill }: KillOptions,
): Promise<KillReport> {
  await prepare();
  const { requests } = expectEnd(await killable.run(args));
  await checkEnd();
  await prepare();
  let [killed, ended] = [0, 0];
  while (killed < kills) {
    const outcome = await killable.run(args, instantOf(random, requests));
    // As after two minutes.
    await killable.edge.store.remove([SWEEP_LOCK_KEY]);
    await check();
    if (outcome.code === null) {
      killed += 1;
      onKill?.(killed);
    } else {
      expectEnd(outcome);
      await checkEnd();
      await prepare();
      ended += 1;
    }
  }
  expectEnd(await killable.run(args));
  await checkEnd();
  return { kills: killed, ended, requests };
}

function expectEnd<T extends Awaited<ReturnType<Killable["run"]>>>(outcome: T): T {
  if (outcome.code !== 0) throw new Error(`the command ended with ${outcome.code}:\n${outcome.stderr}`);
  return outcome;
}

function instantOf(random: Random, requests: number): Instant {
  const request = 1 + Math.floor(random() * requests);
  return { request, delayMs: random() < BEFORE ? 0 : random() * MAX_DELAY_MS };
}

/** What is wrong with the stores. */
export async function findingsIn({ store, index }: TestEdge): Promise<readonly Finding[]> {
  const progress = { onBytes: () => {}, onSettle: () => {} };
  const { signal } = new AbortController();
  return (await checkStores({ store, index, readsBlobs: true, settleMs: 0, progress, signal })).findings;
}

/** Throws if there are findings. */
export function expectNone(findings: readonly Finding[]): void {
  if (findings.length > 0) throw new Error(findings.map(({ message }) => message).join("\n"));
}
