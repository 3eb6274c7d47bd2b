import type { SupervisedProcess } from "./machine/supervised-process.ts";
import { type Watch, watchSources } from "./machine/watch-sources.ts";

/** The sources of each process. `dist/web` has the pages that `bin/build-web` makes. */
const REGISTRY_SOURCES = ["worker", "protocol", "image", "start/local-edge", "dist/web"];
const ORIGIN_SOURCES = ["origin", "protocol", "image", "nix"];

interface Processes {
  readonly registry: SupervisedProcess;
  readonly origin: SupervisedProcess;
}

/** Starts a process again when its sources change. `folder` is the repository. */
export function reloadOnChange(folder: string, { registry, origin }: Processes, log: (line: string) => void): Watch {
  const reload = (name: string, sources: readonly string[], child: SupervisedProcess) =>
    watchSources(folder, sources, (file) => {
      log(`${file} changed; starting the ${name} again`);
      void child.restart();
    });
  const watches = [reload("registry", REGISTRY_SOURCES, registry), reload("origin", ORIGIN_SOURCES, origin)];
  return {
    async stop() {
      await Promise.all(watches.map((watch) => watch.stop()));
    },
  };
}
