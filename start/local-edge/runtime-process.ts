import { readdir, readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

/** The process of workerd that Miniflare has started. Miniflare tells nobody its number, nor that it has died. */
export interface RuntimeProcess {
  /** It takes no new connection from now on. It ends when each answer under way is sent. */
  drain(): void;
  /** Resolves when it has ended, however that came. */
  readonly ended: Promise<void>;
}

const PROGRAM = "workerd";
const POLL_MS = 250;
const TASKS = "/proc/self/task";

/** Finds the runtime among the children of this process. Throws if there is not exactly one. */
export async function findRuntime(): Promise<RuntimeProcess> {
  const children = await childrenOfThisProcess();
  const names = await Promise.all(children.map(nameOf));
  const [pid, ...others] = children.filter((_, index) => names[index] === PROGRAM);
  if (pid === undefined || others.length > 0)
    throw new Error(`this process must have one child with the name ${PROGRAM}`);
  return { drain: () => void process.kill(pid, "SIGTERM"), ended: endOf(pid) };
}

/** Any thread may have started a child. See proc_pid_task(5). */
async function childrenOfThisProcess(): Promise<readonly number[]> {
  const threads = await readdir(TASKS);
  const lists = await Promise.all(threads.map((thread) => readText(`${TASKS}/${thread}/children`)));
  return lists.flatMap((list) =>
    list
      .split(" ")
      .filter((pid) => pid !== "")
      .map(Number),
  );
}

/** Node takes note of each end, so no ended child stays as a zombie. */
async function endOf(pid: number): Promise<void> {
  while ((await nameOf(pid)) === PROGRAM) await setTimeout(POLL_MS, undefined, { ref: false });
}

/** Empty if there is no such process. */
async function nameOf(pid: number): Promise<string> {
  return (await readText(`/proc/${pid}/comm`)).trim();
}

function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => "");
}
