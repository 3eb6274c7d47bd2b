import { join } from "node:path";
import type { Command } from "../system/command.ts";
import { type EvaluationRequest, option, planEvaluation, UNKNOWN_FEATURE } from "./evaluation-plan.ts";
import { nixText } from "./nix-text.ts";
import { rootedAnswer, rootedAnswers, type RootedAnswers, rootOptions } from "./rooted-answer.ts";

/**
 * Returns the command that evaluates. It passes names and addresses to Nix as string arguments, never inside an
 * expression. Nix can read only the source and our expressions, unless the operator trusts the source. Throws
 * `NixTooOld` if the source says that it needs a newer Nix.
 */
export async function evaluationCommand(evaluation: EvaluationRequest): Promise<Command> {
  const { options, features, texts, expression, run } = await planEvaluation(evaluation);
  const variables = Object.entries(texts).flatMap(([name, value]) => ["--argstr", name, value]);
  const words = expression.kind === "file" ? [expression.file] : ["--expr", expression.text];
  const kind = evaluation.root === undefined ? ["--eval", "--read-write-mode"] : rootOptions(evaluation.root);
  return run("nix-instantiate", [...kind, ...options, ...only(features), ...variables, ...words]);
}

/** Evaluates an expression that gives its answer through `nix/rooted.nix`. Returns the answer as JSON. */
export async function evaluateRooted(evaluation: Omit<EvaluationRequest, "root">): Promise<string> {
  const root = join(evaluation.links, "evaluation");
  const command = await evaluationCommand({ ...evaluation, root });
  return rootedAnswer(command, root, evaluation.signal, (line) => {
    if (line !== UNKNOWN_FEATURE) evaluation.onLog(line);
  });
}

/**
 * Like `evaluateRooted`, for an expression that gives an extra value behind its answer. Nix prints the mark between them.
 * Errors of the extra value are not in the log. Undefined if such an error has taken the answer away.
 */
export async function evaluateWithExtra(
  evaluation: Omit<EvaluationRequest, "root">,
  mark: string,
): Promise<RootedAnswers | undefined> {
  const root = join(evaluation.links, "evaluation");
  const command = await evaluationCommand({ ...evaluation, root });
  return rootedAnswers(command, {
    link: root,
    mark,
    signal: evaluation.signal,
    onLog: (line) => {
      if (line !== UNKNOWN_FEATURE) evaluation.onLog(line);
    },
  });
}

/** The name of the expression's value in a session. */
export const SESSION_VALUE = "cornice";

/** A command that reads Nix expressions from its standard input, line by line, and goes on after one that fails. */
export interface EvaluationSession extends Command {
  /** The first lines of its input. They give the expression's value the name `SESSION_VALUE`. */
  readonly opening: string;
}

/** Like `evaluationCommand`, but further expressions can use the value. Nix evaluates each part of it only once. */
export async function evaluationSession(evaluation: EvaluationRequest): Promise<EvaluationSession> {
  const { options, features, texts, expression, run } = await planEvaluation(evaluation);
  const bindings = Object.entries(texts).map(([name, value]) => `${name} = ${nixText(value)};`);
  const value = expression.kind === "file" ? `import ${nixText(expression.file)}` : `(${expression.text})`;
  const command = await run("nix", ["repl", ...options, ...only([...features, "nix-command"])]);
  // Nix keeps a history of its input in this folder.
  const env = { ...command.env, XDG_DATA_HOME: evaluation.links };
  return { ...command, env, opening: `${SESSION_VALUE} = ${value} { ${bindings.join(" ")} }\n` };
}

/** Switches off all other features, which the machine's `nix.conf` may switch on. */
function only(features: readonly string[]): string[] {
  return option("experimental-features", features.join(" "));
}
