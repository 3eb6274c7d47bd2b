/** By what a User-Agent has in it, the first one that fits: BuildKit's names containerd as well. */
const FAMILIES: readonly [words: RegExp, family: string][] = [
  [/buildkit/i, "buildkit"],
  [/^docker\//i, "docker"],
  [/containerd/i, "containerd"],
  [/^(?:containers|skopeo|libpod|podman|buildah|cri-o)\b/i, "containers"],
  [/go-containerregistry|^crane\//i, "go-containerregistry"],
  [/^oras\b/i, "oras"],
];

/** What kind of client it is, in one of a few words: User-Agents themselves are whatever a client makes them. */
export function clientFamily(userAgent: string | null | undefined): string {
  return FAMILIES.find(([words]) => words.test(userAgent ?? ""))?.[1] ?? "other";
}
