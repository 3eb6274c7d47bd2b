import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join, relative } from "node:path";

/**
 * Milliseconds. An editor writes a file in several steps, and a change of branch writes many files. One reload is
 * enough.
 */
const SETTLE_MS = 150;
/** Files that editors keep beside a source: hidden files, copies, and a number by which they test the folder. */
const EDITORS_FILE = /^\.|~$|^\d+$/;

export interface Watch {
  /** Ends the watch. No call follows. */
  stop(): Promise<void>;
}

/**
 * Calls `onChange` soon after a file below one of the folders has changed. It gets one of the files, relative to
 * `root`.
 */
export function watchSources(root: string, folders: readonly string[], onChange: (file: string) => void): Watch {
  // Node's recursive watcher does not see that an editor has replaced a file by another one.
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

/** A folder and all folders below it. */
function foldersIn(folder: string): string[] {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true });
  return [
    folder,
    ...below.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name)),
  ];
}
