import { useEffect, useState } from "preact/hooks";
import type { BuildState } from "../../protocol/build-state.ts";
import { DeadEnd } from "../page/dead-end.tsx";
import { splitReference } from "../page/selection.ts";
import { EdgeSteps } from "./edge-steps.tsx";
import { formatDuration } from "../page/format.ts";
import { useTitle } from "../page/use-title.ts";
import { type Feed, followBuild } from "./build-feed.ts";
import { phaseTimes } from "./clock.ts";
import { LayersView } from "./layers-view.tsx";
import { LogView } from "./log-view.tsx";
import { Outcome } from "./outcome.tsx";
import { useClock } from "./use-clock.ts";
import { WorkView } from "./work-view.tsx";

interface Props {
  readonly buildKey: string;
}

/** The page of a build, while it runs and for a day after. */
export function BuildPage({ buildKey }: Props) {
  const [feed, setFeed] = useState<Feed>({ connection: "connecting" });
  useEffect(() => {
    const stop = new AbortController();
    followBuild(buildKey, setFeed, stop.signal);
    return () => stop.abort();
  }, [buildKey]);
  const { state, connection, lead = 0 } = feed;
  useTitle(state ? `${TITLES[statusKind(state)]}: ${state.image}` : "Build");
  const now = useClock(state !== undefined && state.end === undefined) - lead;
  if (connection === "unknown build") return <UnknownBuild />;
  return (
    <>
      <p class="kicker">Build</p>
      {state ? <Title image={state.image} /> : <h1 class="reference">…</h1>}
      <p class={`status ${statusKind(state)}`} role="status">
        {state ? statusWords(state) : "Connecting"}
        {state && <span aria-hidden="true"> {formatDuration((state.end?.at ?? now) - state.startedAt)}</span>}
        {connection === "lost" && <span class="lost">Connection lost; trying again</span>}
      </p>
      {state && <Progress state={state} now={now} />}
    </>
  );
}

function Progress({ state, now }: { readonly state: BuildState; readonly now: number }) {
  return (
    <>
      <Outcome image={state.image} outcome={state.end?.outcome} />
      {state.edge ? <EdgeSteps steps={state.edge} /> : <Steps state={state} now={now} />}
    </>
  );
}

/** What an origin does. */
function Steps({ state, now }: { readonly state: BuildState; readonly now: number }) {
  return (
    <>
      <ol class="phases" aria-label="Steps">
        {phaseTimes(state, now).map(({ phase, title, took, state: step }) => (
          <li key={phase} class={step}>
            <span class="what">{title}</span>
            <span class="size">{took === undefined ? "–" : formatDuration(took)}</span>
            {step === "failed" && <span>failed</span>}
          </li>
        ))}
      </ol>
      <div class="columns">
        <WorkView state={state} now={now} />
        <LayersView state={state} />
      </div>
      <LogView log={state.log} hasEnded={state.end !== undefined} />
    </>
  );
}

function Title({ image }: { readonly image: string }) {
  const { name, tag } = splitReference(image);
  return (
    <h1 class="reference">
      {name}
      <span class="tag">:{tag}</span>
    </h1>
  );
}

type Status = "running" | "done" | "failed";

const TITLES: Readonly<Record<Status, string>> = { running: "Building", done: "Ready", failed: "Failed" };

function statusKind(state: BuildState | undefined): Status {
  const end = state?.end;
  if (!end) return "running";
  return end.outcome.event === "image" ? "done" : "failed";
}

function statusWords({ end }: BuildState): string {
  if (!end) return "Building for";
  return end.outcome.event === "image" ? "Done in" : "Failed after";
}

function UnknownBuild() {
  return (
    <DeadEnd kicker="Build" title="No such build is known here">
      You can watch a build while it runs, and for one day after. If you have this address from an older message, pull
      the image again. If it is not there any more, its build begins again under the same address.
    </DeadEnd>
  );
}
