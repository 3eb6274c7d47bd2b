import { describe, expect, it } from "vitest";
import { commandsFor, type Host } from "../../../web/page/commands.ts";
import { add, NOTHING } from "../../../web/page/selection.ts";

const PUBLIC: Host = { name: "registry.example", isPlain: false, needsLogin: false };
const LOCAL: Host = { name: "127.0.0.1:8787", isPlain: true, needsLogin: false };

function commands(name: string, host: Host, tag = "latest"): Record<string, string> {
  return Object.fromEntries(commandsFor({ ...add(NOTHING, name, 64), tag }, host).map(({ id, text }) => [id, text]));
}

describe("an image with a shell", () => {
  it("is run", () => {
    expect(commands("shell/git", PUBLIC)).toMatchObject({
      docker: "docker run --rm -it registry.example/shell/git",
      podman: "podman run --rm -it registry.example/shell/git",
      nerdctl: "nerdctl run --rm -it registry.example/shell/git",
      ctr: "ctr images pull registry.example/shell/git:latest",
    });
  });

  it("waits for input in a pod", () => {
    expect(commands("arm64/shell/git", PUBLIC)["kubernetes"]).toBe(`apiVersion: v1
kind: Pod
metadata:
  name: arm64-shell-git
spec:
  nodeSelector:
    kubernetes.io/arch: arm64
  containers:
    - name: main
      image: registry.example/arm64/shell/git
      stdin: true
      tty: true`);
  });
});

describe("another image", () => {
  it("is pulled, and is a base for other images", () => {
    expect(commands("git/htop", PUBLIC, "v1")).toMatchObject({
      docker: "docker pull registry.example/git/htop:v1",
      ctr: "ctr images pull registry.example/git/htop:v1",
      dockerfile: "FROM registry.example/git/htop:v1\nWORKDIR /work\nCOPY . .",
    });
  });

  it("runs its first package in a pod, or its own command if the package set defines the image", () => {
    expect(commands("python3packages.requests", PUBLIC)["kubernetes"]).toContain('command: ["requests"]');
    expect(commands("images/web", PUBLIC)["kubernetes"]).not.toContain("command");
    const noteOf = (name: string) =>
      commandsFor(add(NOTHING, name, 64), PUBLIC).find(({ id }) => id === "kubernetes")?.note;
    expect(noteOf("ripgrep")).toContain("Change the command if");
    expect(noteOf("images/web")).toBeUndefined();
    expect(noteOf("shell/git")).toBeUndefined();
  });

  it("has a pod with a name that Kubernetes accepts", () => {
    const long = Array.from({ length: 20 }, (_, number) => `package-${number}`).join("/");
    const [, name = ""] = /\n {2}name: (.*)/.exec(commands(long, PUBLIC)["kubernetes"] ?? "") ?? [];
    expect(name).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/);
  });
});

describe("a registry", () => {
  it("without TLS needs flags in most tools", () => {
    expect(commands("git", LOCAL)).toMatchObject({
      docker: "docker pull 127.0.0.1:8787/git",
      podman: "podman pull --tls-verify=false 127.0.0.1:8787/git",
      nerdctl: "nerdctl --insecure-registry pull 127.0.0.1:8787/git",
      ctr: "ctr images pull --plain-http 127.0.0.1:8787/git:latest",
    });
  });

  it("without TLS needs a setting in Docker, except on the same machine", () => {
    const noteOf = (name: string) => commandsFor(add(NOTHING, "git", 64), { ...LOCAL, name })[0]?.note;
    expect(noteOf("registry.lan:8787")).toContain("insecure-registries");
    expect(noteOf("localhost:8787")).toBeUndefined();
  });

  it("with users needs a login", () => {
    const texts = commands("git", { ...PUBLIC, needsLogin: true });
    expect(texts["docker"]).toBe("docker login registry.example\ndocker pull registry.example/git");
    expect(texts["ctr"]).toContain("--user NAME");
    expect(texts["kubernetes"]).toContain("imagePullSecrets:\n    - name: cornice");
  });
});

describe("an empty selection", () => {
  it("has no commands", () => {
    expect(commandsFor(NOTHING, PUBLIC)).toEqual([]);
  });
});
