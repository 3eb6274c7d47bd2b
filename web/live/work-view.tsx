import type { BuildState, NixWorkState } from "../../protocol/build-state.ts";
import { formatDuration } from "../page/format.ts";
import { useFollow } from "./use-follow.ts";

interface Props {
  readonly work: BuildState["work"];
  readonly now: number;
}

const MOST_SHOWN = 100;

/** Nix's builds and downloads. Running ones come last, because the end of the list is in sight. */
export function WorkView({ work, now }: Props) {
  const running = work.filter(({ endedAt }) => endedAt === undefined);
  const ended = work.filter(({ endedAt }) => endedAt !== undefined);
  const { box, onScroll } = useFollow<HTMLUListElement>(work);
  return (
    <section class="work" aria-labelledby="work-title">
      <h2 id="work-title">What Nix does</h2>
      <p>{work.length === 0 ? "Nothing to build or download so far." : summary(work)}</p>
      <ul ref={box} tabIndex={0} aria-labelledby="work-title" onScroll={onScroll}>
        {[...ended, ...running].slice(-MOST_SHOWN).map((item) => (
          <li key={`${item.work} ${item.name} ${item.startedAt}`} class={item.endedAt === undefined ? "running" : ""}>
            <span class="verb">{verb(item)}</span>
            <span class="what">{item.name}</span>
            <span class="size">{formatDuration((item.endedAt ?? now) - item.startedAt)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function verb({ work, endedAt }: NixWorkState): string {
  if (work === "build") return endedAt === undefined ? "builds" : "built";
  return endedAt === undefined ? "downloads" : "downloaded";
}

function summary(work: BuildState["work"]): string {
  const ended = work.filter(({ endedAt }) => endedAt !== undefined);
  const built = ended.filter((item) => item.work === "build").length;
  return `${built} built, ${ended.length - built} downloaded, ${work.length - ended.length} under way`;
}
