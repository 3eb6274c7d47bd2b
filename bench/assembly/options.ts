import { parseArgs } from "node:util";

export interface AssemblyOptions {
  /** How many packages of the starter set take part. Undefined means all. */
  readonly packages: number | undefined;
  /** How many images that the edge makes count for the times. */
  readonly images: number;
  /** How many images that the origin makes. */
  readonly originImages: number;
  /** How many combinations count for the share. */
  readonly draws: number;
  /** How many clients come at once. */
  readonly clients: number;
  readonly seed: number;
}

export const USAGE = `Usage: npm run bench:edge -- assembly [options]

Pulls each of some packages of the starter set. Then it measures new combinations of these packages: made by the
edge while the origin is stopped, and made by the origin.

  --packages N  a random sample of this many packages, or "all" (default: 60)
  --images N    images of which the edge's times are measured (default: 200)
  --built N     images of which the origin's times are measured, at the end (default: 40)
  --draws N     random combinations for the share that needs no origin (default: 1000)
  --clients N   clients at once (default: 1000)
  --seed N      another seed draws other packages and combinations (default: 1)
`;

/** Throws a TypeError that says what is wrong. */
export function parseAssemblyOptions(args: readonly string[]): AssemblyOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      packages: { type: "string", default: "60" },
      images: { type: "string", default: "200" },
      built: { type: "string", default: "40" },
      draws: { type: "string", default: "1000" },
      clients: { type: "string", default: "1000" },
      seed: { type: "string", default: "1" },
    },
  });
  return {
    packages: values.packages === "all" ? undefined : positive("--packages", values.packages),
    images: positive("--images", values.images),
    originImages: positive("--built", values.built),
    draws: positive("--draws", values.draws),
    clients: positive("--clients", values.clients),
    seed: positive("--seed", values.seed),
  };
}

function positive(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new TypeError(`${name} has ${JSON.stringify(text)}; it must be a number above 0`);
  return Number(text);
}
