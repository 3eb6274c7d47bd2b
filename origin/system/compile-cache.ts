import { join } from "node:path";

const DIRECTORY = join(import.meta.dirname, "../../node_modules/.cache/node");

/**
 * Makes new threads read and write a cache of compiled code. Without it, each thread strips the types itself, which
 * takes 10 MB and a tenth of a second. The operator's own value of the variable has priority.
 * https://nodejs.org/api/cli.html#node_compile_cachedir
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv): void {
  env["NODE_COMPILE_CACHE"] ??= DIRECTORY;
}
