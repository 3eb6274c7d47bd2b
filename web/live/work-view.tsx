import { type BuildState, type NixWorkState, workProgress } from "../../protocol/build-state.ts";
import { formatAmount } from "../../protocol/format-bytes.ts";
import { formatDuration } from "../page/format.ts";
import { useFollow } from "./use-follow.ts";

interface Work {
  readonly work: BuildState["work"];
  readonly download?: BuildState["download"] | undefined;
  /** Undefined while the build runs. */
  readonly end?: BuildState["end"] | undefined;
}

interface Props {
  readonly state: Work;
  readonly now: number;
}

type Progress = ReturnType<typeof workProgress>;

const MOST_SHOWN = 100;

/** Nix's builds and downloads. Running ones come last, because the end of the list is in sight. */
export function WorkView({ state, now }: Props) {
  const { work, end } = state;
  const rows = work.map((item) => ({ ...item, progress: workProgress(item, end) }));
  const { box, onScroll } = useFollow<HTMLUListElement>(work);
  return (
    <section class="work" aria-labelledby="work-title">
      <h2 id="work-title">What Nix does</h2>
      <p>{workSummary(state)}</p>
      <ul ref={box} tabIndex={0} aria-labelledby="work-title" onScroll={onScroll}>
        {rows
          .toSorted((one, other) => RANKS[one.progress] - RANKS[other.progress])
          .slice(-MOST_SHOWN)
          .map(({ progress, ...item }) => (
            <li key={`${item.work} ${item.name} ${item.startedAt}`} class={progress}>
              <span class="verb">{VERBS[item.work][progress]}</span>
              <span class="what">{item.name}</span>
              <span class="size">{formatDuration((item.endedAt ?? end?.at ?? now) - item.startedAt)}</span>
            </li>
          ))}
      </ul>
    </section>
  );
}

/** The order of the rows. The end of the list has the rows that people look for. */
const RANKS: Readonly<Record<Progress, number>> = { done: 0, stopped: 1, running: 2, failed: 3 };

const TROUBLE = { failed: "failed", stopped: "stopped" } as const;
const VERBS: Readonly<Record<NixWorkState["work"], Readonly<Record<Progress, string>>>> = {
  build: { running: "builds", done: "built", ...TROUBLE },
  download: { running: "downloads", done: "downloaded", ...TROUBLE },
};

/** Counts Nix's work in words. */
export function workSummary({ work, download, end }: Work): string {
  if (work.length === 0) return end ? "Nothing was built or downloaded." : "Nothing to build or download so far.";
  const count = (wanted: Progress, kind?: NixWorkState["work"]) =>
    work.filter((item) => workProgress(item, end) === wanted && (kind ?? item.work) === item.work).length;
  const parts = [`${count("done", "build")} built`, `${count("done", "download")} downloaded`];
  if (!end) parts.push(`${count("running")} under way`);
  for (const trouble of ["failed", "stopped"] as const)
    if (count(trouble) > 0) parts.push(`${count(trouble)} ${trouble}`);
  return `${parts.join(", ")}${download ? ` (${formatAmount(download)})` : ""}`;
}
