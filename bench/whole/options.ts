import { parseArgs } from "node:util";

export const PARTS = ["cold", "pull", "more", "warm", "build"] as const;

/** A group of measurements. */
export type Part = (typeof PARTS)[number];

/** The images that are measured cold. */
export const IMAGES = ["shell/git/htop", "python3/ffmpeg"] as const;

/** What each request of the origin waits for, in milliseconds. */
export interface Latency {
  readonly r2ReadMs: number;
  readonly r2WriteMs: number;
  readonly kvMs: number;
}

export interface WholeOptions {
  readonly rounds: number;
  readonly parts: ReadonlySet<Part>;
  readonly images: ReadonlySet<(typeof IMAGES)[number]>;
  /** Each number is a pass, with this many busy loops beside it. */
  readonly loads: readonly number[];
  readonly latency: Latency;
  /** Megabits a second between origin and edge, in each direction. Undefined means no limit. */
  readonly mbit: number | undefined;
  /** Nixery's server. Undefined means that Nixery does not take part. */
  readonly nixery: string | undefined;
}

export const USAGE = `Usage: npm run bench -- whole [options]

Measures the product as npm start runs it. In the same run, in turn: registry:2, and tar | gzip -6 over the same paths.

  --rounds N          rounds of each measurement; the median counts (default: 5)
  --only PARTS        some of these, separated by commas (default: all):
    cold   shell/git/htop and python3/ffmpeg, from the request to the manifest
    pull   the same as a whole cold pull, by skopeo into a folder
    more   shell/git/htop/jq after shell/git/htop, and two pulls of it by skopeo
    warm   warm manifests a second, with 16 connections
    build  bin/cornice build of the two images, into a file
  --images NAMES      one of the two images (default: both)
  --loads LIST        passes by the number of busy loops beside them (default: 0,2)
  --latency R,W,K     milliseconds that each of the origin's requests takes longer: R2 reads, R2 writes, KV
  --mbit N            megabits a second between origin and edge
  --nixery FILE       a program that starts Nixery by Nixery's settings (PORT, STORAGE_PATH, ...)
`;

const NO_LATENCY: Latency = { r2ReadMs: 0, r2WriteMs: 0, kvMs: 0 };

/** Throws a TypeError that says what is wrong. */
export function parseWholeOptions(args: readonly string[]): WholeOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "5" },
      only: { type: "string", default: PARTS.join(",") },
      images: { type: "string", default: IMAGES.join(",") },
      loads: { type: "string", default: "0,2" },
      latency: { type: "string" },
      mbit: { type: "string" },
      nixery: { type: "string" },
    },
  });
  return {
    rounds: positive("--rounds", values.rounds),
    parts: new Set(values.only.split(",").map((text) => oneOf(PARTS, "--only", text))),
    images: new Set(values.images.split(",").map((text) => oneOf(IMAGES, "--images", text))),
    loads: values.loads.split(",").map((text) => count("--loads", text)),
    latency: values.latency === undefined ? NO_LATENCY : parseLatency(values.latency),
    mbit: values.mbit === undefined ? undefined : positive("--mbit", values.mbit),
    nixery: values.nixery,
  };
}

/** True if the requests must go through the slow connection. */
export function isSlowed({ latency, mbit }: Pick<WholeOptions, "latency" | "mbit">): boolean {
  return mbit !== undefined || Object.values(latency).some((ms: number) => ms > 0);
}

function oneOf<T extends string>(all: readonly T[], name: string, text: string): T {
  const found = all.find((each) => each === text);
  if (!found) throw new TypeError(`${name} has ${JSON.stringify(text)}; it must be some of ${all.join(", ")}`);
  return found;
}

function parseLatency(text: string): Latency {
  const [r2ReadMs, r2WriteMs, kvMs, ...others] = text.split(",").map((each) => count("--latency", each));
  if (r2ReadMs === undefined || r2WriteMs === undefined || kvMs === undefined || others.length > 0)
    throw new TypeError("--latency must be three numbers: R2 reads, R2 writes, KV");
  return { r2ReadMs, r2WriteMs, kvMs };
}

function count(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${name} has ${JSON.stringify(text)}; it must be a whole number`);
  return Number(text);
}

function positive(name: string, text: string): number {
  const number = count(name, text);
  if (number === 0) throw new TypeError(`${name} must be at least 1`);
  return number;
}
