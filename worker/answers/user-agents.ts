/** containerd-based clients resolve with HEAD and print "not found" for a 404 whatever it says; a 403 is quoted. */
const LOSES_TEXT_OF_404 = /containerd|buildkit\//i;

/** containers/image under the names of the programs that it is part of. */
const CONTAINERS_IMAGE = /^(?:containers|skopeo|libpod|buildah|cri-o)\//i;

export function losesTextOf404(userAgent: string | null): boolean {
  return LOSES_TEXT_OF_404.test(userAgent ?? "");
}

/** Whether a client takes a 429 for a reason to send its first request again; others take it for the end. */
export function startsAgainAfter429(userAgent: string | null): boolean {
  return LOSES_TEXT_OF_404.test(userAgent ?? "") || CONTAINERS_IMAGE.test(userAgent ?? "");
}
