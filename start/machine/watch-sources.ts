import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join, relative } from "node:path";

/** An editor writes a file in several steps, and a change of branch writes many files: one reload is enough; ms. */
const SETTLE_MS = 150;
/** Editors keep files of their own beside a source: hidden ones, copies, and a number to try whether they can write. */
const EDITORS_FILE = /^\.|~$|^\d+$/;

export interface Watch {
  /** No call comes after this one. */
  stop(): Promise<void>;
}

/** Calls `onChange` some time after files below some folders changed, with one of the files, relative to `root`. */
export function watchSources(root: string, folders: readonly string[], onChange: (file: string) => void): Watch {
  // A recursive watcher of Node does not see a file that an editor puts in the place of another.
  let watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;

  function noteChange(file: string): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Folders may have come, gone, or been replaced.
      close();
      watchFolders();
      onChange(relative(root, file));
    }, SETTLE_MS);
  }

  function watchFolders(): void {
    watchers = folders
      .flatMap((name) => foldersIn(join(root, name)))
      .map((folder) =>
        watch(folder, (_, name) => {
          if (name !== null && !EDITORS_FILE.test(name)) noteChange(join(folder, name));
        }),
      );
  }

  function close(): void {
    for (const watcher of watchers) watcher.close();
  }

  watchFolders();
  return {
    async stop() {
      clearTimeout(timer);
      close();
    },
  };
}

/** A folder and all that are below it. */
function foldersIn(folder: string): string[] {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [
    folder,
    ...below.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name)),
  ];
}
