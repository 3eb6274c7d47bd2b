import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { PlacedFile } from "./archive-tree.ts";
import type { WritingOrder, WritingPlaces } from "./writing-orders.ts";
import type { FolderNode } from "../nars/tree.ts";

/** Writes the files of an archive in a thread, while the archive is still being read. */
export interface FileWriter extends AsyncDisposable {
  /** Aborts when the thread fails. */
  readonly failed: AbortSignal;
  /** The content must have the bytes of these files already. */
  write(files: readonly PlacedFile[]): void;
  /** Writes the rest of the tree: folders without files, and links. Resolves when all is written. */
  finish(root: FolderNode): Promise<void>;
}

const THREAD = new URL("writing-thread.ts", import.meta.url);

export function startFileWriter(places: WritingPlaces): FileWriter {
  const thread = new Worker(THREAD, { workerData: places });
  const failure = new AbortController();
  thread.once("error", (error) => failure.abort(error));
  const order = (message: WritingOrder) => thread.postMessage(message);
  return {
    failed: failure.signal,
    write: (files) => order({ kind: "files", files }),
    async finish(root) {
      const ended = once(thread, "exit");
      order({ kind: "rest", folders: foldersIn(root), links: linksIn(root) });
      await ended;
      failure.signal.throwIfAborted();
    },
    async [Symbol.asyncDispose]() {
      await thread.terminate();
    },
  };
}

function foldersIn({ children }: FolderNode, path = ""): string[] {
  const folders = [...children].map(([name, node]) =>
    node.kind === "folder" ? foldersIn(node, join(path, name)) : [],
  );
  return [path, ...folders.flat()];
}

function linksIn({ children }: FolderNode, path = ""): [path: string, target: string][] {
  return [...children].flatMap(([name, node]): [string, string][] => {
    if (node.kind === "folder") return linksIn(node, join(path, name));
    return node.kind === "link" ? [[join(path, name), node.target]] : [];
  });
}
