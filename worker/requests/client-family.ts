/** The first match counts: BuildKit's User-Agent also names containerd. */
const FAMILIES: readonly [words: RegExp, family: string][] = [
  [/buildkit/i, "buildkit"],
  [/^docker\//i, "docker"],
  [/containerd/i, "containerd"],
  [/^(?:containers|skopeo|libpod|podman|buildah|cri-o)\b/i, "containers"],
  [/go-containerregistry|^crane\//i, "go-containerregistry"],
  [/^oras\b/i, "oras"],
];

/** The kind of a client, as one of a few words. A User-Agent itself may be any text, so it is not logged. */
export function clientFamily(userAgent: string | null | undefined): string {
  return FAMILIES.find(([words]) => words.test(userAgent ?? ""))?.[1] ?? "other";
}
