import { join } from "node:path";

const DIRECTORY = join(import.meta.dirname, "../../node_modules/.cache/node");

/**
 * Has threads that start from now on find their code compiled, from the second start of the program on: each of them
 * would strip the types for itself, which takes 10 MB and a tenth of a second. What the operator has set stays.
 * https://nodejs.org/api/cli.html#node_compile_cachedir
 */
export function keepCompiledCode(env: NodeJS.ProcessEnv): void {
  env["NODE_COMPILE_CACHE"] ??= DIRECTORY;
}
