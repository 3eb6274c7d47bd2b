import { spawn } from "node:child_process";
import { once } from "node:events";

/** Keeps processors busy until it is disposed. */
export function startBusyLoops(count: number): AsyncDisposable {
  const loops = Array.from({ length: count }, () => spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" }));
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(
        loops.map((loop) => {
          const ended = once(loop, "exit");
          loop.kill("SIGKILL");
          return ended;
        }),
      );
    },
  };
}
