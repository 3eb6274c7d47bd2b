import { DEFAULT_TAG } from "../../protocol/tag.ts";
import { isEmpty, type Selection, selectionName } from "./selection.ts";

/** How an image is fetched with one tool, to be copied as it is. */
export interface Command {
  /** Names it in addresses. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** What to know before using it. */
  readonly note?: string;
}

/** The registry as the page reaches it. */
export interface Host {
  /** `registry.example` or `127.0.0.1:8787`. */
  readonly name: string;
  /** Without TLS, which tools do not take for granted. */
  readonly isPlain: boolean;
  readonly needsLogin: boolean;
}

interface Target {
  readonly selection: Selection;
  readonly host: Host;
  /** As a tool is given it: host, name and tag. */
  readonly image: string;
}

/** The selection's commands, one a tool; what is still to be chosen stands as `…`. */
export function commandsFor(selection: Selection, host: Host): Command[] {
  const name = selectionName(selection) || "…";
  const tag = selection.tag === DEFAULT_TAG ? "" : `:${selection.tag}`;
  const target = { selection, host, image: `${host.name}/${name}${tag}` };
  return [docker(target), podman(target), nerdctl(target), ctr(target), kubernetes(target), dockerfile(target)];
}

/** An image with a shell is one to look around in; of others it is not known which program to run. */
function hasShell({ selection: { shell, image } }: Target): boolean {
  return shell && image === undefined;
}

function engine(target: Target, program: string, flag = ""): string {
  const login = target.host.needsLogin ? [`${program} login ${flag}${target.host.name}`] : [];
  const pull = hasShell(target) ? `${program} run ${flag}--rm -it` : `${program} pull ${flag}`.trimEnd();
  return [...login, `${pull} ${target.image}`].join("\n");
}

function docker(target: Target): Command {
  const isLocal = /^(?:127\.|localhost(?::|$)|\[::1\])/.test(target.host.name);
  const isTrusted = !target.host.isPlain || isLocal;
  const note = `This registry speaks plain HTTP: add it to "insecure-registries" in Docker's daemon.json.`;
  return { id: "docker", title: "Docker", text: engine(target, "docker"), ...(isTrusted ? {} : { note }) };
}

function podman(target: Target): Command {
  return {
    id: "podman",
    title: "Podman",
    text: engine(target, "podman", target.host.isPlain ? "--tls-verify=false " : ""),
  };
}

function nerdctl(target: Target): Command {
  const program = target.host.isPlain ? "nerdctl --insecure-registry" : "nerdctl";
  return { id: "nerdctl", title: "nerdctl", text: engine(target, program) };
}

/** The one tool that takes no tag for granted, and no credentials from elsewhere. */
function ctr({ selection, host, image }: Target): Command {
  const flags = [...(host.isPlain ? ["--plain-http"] : []), ...(host.needsLogin ? ["--user NAME"] : [])];
  const tagged = selection.tag === DEFAULT_TAG ? `${image}:${DEFAULT_TAG}` : image;
  return { id: "ctr", title: "containerd", text: ["ctr images pull", ...flags, tagged].join(" ") };
}

function kubernetes(target: Target): Command {
  const { selection, host, image } = target;
  const lines = [
    "apiVersion: v1",
    "kind: Pod",
    "metadata:",
    `  name: ${podName(selection)}`,
    "spec:",
    ...(selection.architecture ? ["  nodeSelector:", `    kubernetes.io/arch: ${selection.architecture}`] : []),
    ...(host.needsLogin ? ["  imagePullSecrets:", "    - name: cornice"] : []),
    "  containers:",
    "    - name: main",
    `      image: ${image}`,
    ...processLines(target),
  ];
  const login = `The secret: kubectl create secret docker-registry cornice --docker-server=${host.name} …`;
  return { id: "kubernetes", title: "Kubernetes", text: lines.join("\n"), ...(host.needsLogin ? { note: login } : {}) };
}

function processLines(target: Target): string[] {
  const { image, packages } = target.selection;
  if (image !== undefined) return [];
  if (hasShell(target)) return ["      stdin: true", "      tty: true"];
  return [`      command: [${JSON.stringify(packages[0]?.split(".").at(-1) ?? "…")}]`];
}

/** A label of a host name, which the names of pods must be. */
function podName(selection: Selection): string {
  if (isEmpty(selection)) return "cornice";
  const label = selectionName(selection).replaceAll(/[^a-z0-9]+/g, "-");
  return label.slice(0, MAX_LABEL_LENGTH).replaceAll(/^-+|-+$/g, "") || "cornice";
}

const MAX_LABEL_LENGTH = 63;

function dockerfile({ image }: Target): Command {
  return { id: "dockerfile", title: "Dockerfile", text: [`FROM ${image}`, "WORKDIR /work", "COPY . ."].join("\n") };
}
