import type { BuildEvent, BuildListener } from "../../protocol/build-events.ts";

interface SharedBuild<Result> {
  readonly listeners: Set<BuildListener>;
  readonly result: Promise<Result>;
  /** The last phase that began. */
  phase: BuildEvent | undefined;
}

/** Builds under way. Callers with the same key share one build. */
export class SharedBuilds<Result> {
  readonly #builds = new Map<string, SharedBuild<Result>>();

  /**
   * Starts a build, or joins the one that is under way. A caller that joins gets the phase of the build, and all events from
   * then on.
   */
  run(key: string, onEvent: BuildListener, start: (tell: BuildListener) => Promise<Result>): Promise<Result> {
    const known = this.#builds.get(key);
    if (!known) return this.#start(key, onEvent, start);
    if (known.phase) onEvent(known.phase);
    known.listeners.add(onEvent);
    return known.result;
  }

  #start(key: string, first: BuildListener, start: (tell: BuildListener) => Promise<Result>): Promise<Result> {
    const listeners = new Set([first]);
    const tell: BuildListener = (event) => {
      if (event.event === "phase") build.phase = event;
      listeners.forEach((listener) => listener(event));
    };
    // The build begins when it is in the map.
    const result = Promise.resolve()
      .then(() => start(tell))
      .finally(() => this.#builds.delete(key));
    const build: SharedBuild<Result> = { listeners, result, phase: undefined };
    this.#builds.set(key, build);
    return result;
  }
}
