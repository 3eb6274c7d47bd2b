import type { Isolation } from "../isolation/isolation.ts";
import { CommandError } from "../system/command.ts";
import { startConversation } from "../system/conversation.ts";
import {
  closureQuestion,
  GREETING,
  holdQuestion,
  pathInfosQuestion,
  readGreeting,
  readPathInfos,
  readPaths,
} from "./store-protocol.ts";
import type { StoredPath } from "./stored-path.ts";

/**
 * A process of Nix that answers questions about the local store, each in a few milliseconds. A process for each question
 * would take ten times as long, most of it to start. It changes nothing but the temporary roots of its process.
 */
export interface StoreSession extends Disposable {
  /**
   * Makes temporary roots of these store paths, which need not exist yet. Nix's garbage collector keeps them and all that
   * they need until the session ends. Also tells a collector that is at work. Returns those that are valid.
   */
  hold(paths: readonly string[]): Promise<string[]>;
  /**
   * Describes these store paths and all that they need. Throws `CommandError` with Nix's words, for example if a path
   * is not valid.
   */
  closure(paths: readonly string[]): Promise<StoredPath[]>;
  /** Describes those of these store paths that are valid. */
  describe(paths: readonly string[]): Promise<StoredPath[]>;
}

/** Starts the process, and does not wait for it. The first question throws if it could not start. */
export async function startStoreSession(isolation: Isolation, signal: AbortSignal): Promise<StoreSession> {
  const nix = startConversation(await isolation.own("nix-store", ["--serve", "--write"]), signal);
  const read = (count: number) => nix.read(count);
  nix.write(GREETING);
  const greeting = readGreeting(read);
  // The first question throws it.
  greeting.catch(() => undefined);

  async function describe(paths: readonly string[]): Promise<StoredPath[]> {
    const version = await greeting;
    nix.write(pathInfosQuestion(paths));
    return readPathInfos(read, version);
  }

  return {
    describe,
    async hold(paths) {
      await greeting;
      nix.write(holdQuestion(paths));
      return readPaths(read);
    },
    async closure(paths) {
      await greeting;
      nix.write(closureQuestion(paths));
      const closure = await readPaths(read);
      const described = await describe(closure);
      if (described.length === closure.length) return described;
      throw new CommandError(`nix-store described ${described.length} of ${closure.length} store paths`);
    },
    [Symbol.dispose]: () => nix[Symbol.dispose](),
  };
}
