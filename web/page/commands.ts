import { DEFAULT_TAG } from "../../protocol/tag.ts";
import { type Selection, selectionName } from "./selection.ts";

/** A command for an image and one tool. People copy it as it is. */
export interface Command {
  /** The command's name in addresses. */
  readonly id: string;
  readonly title: string;
  readonly text: string;
  /** A hint for people who use the command. */
  readonly note?: string;
}

/** The registry as the page reaches it. */
export interface Host {
  /** `registry.example` or `127.0.0.1:8787`. */
  readonly name: string;
  /** Whether the registry has no TLS. Most tools need a flag or a setting for this. */
  readonly isPlain: boolean;
  readonly needsLogin: boolean;
}

interface Target {
  readonly selection: Selection;
  readonly host: Host;
  /** The image as tools take it: host, name and tag. */
  readonly image: string;
}

/** The commands for a selection, one for each tool. There are none until something is chosen. */
export function commandsFor(selection: Selection, host: Host): Command[] {
  const name = selectionName(selection);
  if (name === "") return [];
  const tag = selection.tag === DEFAULT_TAG ? "" : `:${selection.tag}`;
  const target = { selection, host, image: `${host.name}/${name}${tag}` };
  return [docker(target), podman(target), nerdctl(target), ctr(target), kubernetes(target), dockerfile(target)];
}

/** Whether the registry is on the machine of the person who reads. Tools allow plain HTTP there. */
export function isLoopback({ name }: Host): boolean {
  return /^(?:127\.|localhost(?::|$)|\[::1\])/.test(name);
}

/** An image with a shell can be run. For other images, the page does not know which program to run. */
function hasShell({ selection: { shell, image } }: Target): boolean {
  return shell && image === undefined;
}

function engine(target: Target, program: string, flag = ""): string {
  const login = target.host.needsLogin ? [`${program} login ${flag}${target.host.name}`] : [];
  const pull = hasShell(target) ? `${program} run ${flag}--rm -it` : `${program} pull ${flag}`.trimEnd();
  return [...login, `${pull} ${target.image}`].join("\n");
}

function docker(target: Target): Command {
  const isTrusted = !target.host.isPlain || isLoopback(target.host);
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

/** ctr has no default tag, and does not read credentials that other tools have stored. */
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
  const secret = `Create the secret first: kubectl create secret docker-registry cornice --docker-server=${host.name} --docker-username=NAME --docker-password=PASSWORD`;
  const notes = [...(host.needsLogin ? [secret] : []), ...(runsPackage(target) ? [OTHER_PROGRAM] : [])];
  const note = notes.length > 0 ? { note: notes.join(" ") } : {};
  return { id: "kubernetes", title: "Kubernetes", text: lines.join("\n"), ...note };
}

const OTHER_PROGRAM = "Change the command if the package's program has another name than the package.";

/** Whether the pod must name a program. The page knows only the names of packages. */
function runsPackage({ selection: { image, shell } }: Target): boolean {
  return image === undefined && !shell;
}

function processLines(target: Target): string[] {
  if (hasShell(target)) return ["      stdin: true", "      tty: true"];
  if (!runsPackage(target)) return [];
  return [`      command: [${JSON.stringify(target.selection.packages[0]?.split(".").at(-1))}]`];
}

/** A pod's name must be a label of a host name. */
function podName(selection: Selection): string {
  const label = selectionName(selection).replaceAll(/[^a-z0-9]+/g, "-");
  return label.slice(0, MAX_LABEL_LENGTH).replaceAll(/^-+|-+$/g, "") || "cornice";
}

const MAX_LABEL_LENGTH = 63;

function dockerfile({ image }: Target): Command {
  return { id: "dockerfile", title: "Dockerfile", text: [`FROM ${image}`, "WORKDIR /work", "COPY . ."].join("\n") };
}
