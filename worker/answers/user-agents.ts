/** Clients based on containerd resolve with HEAD. They print "not found" for any 404, but the message of a 403. */
const LOSES_TEXT_OF_404 = /containerd|buildkit\//i;

/** The library containers/image, by the names of the programs that use it. */
const CONTAINERS_IMAGE = /^(?:containers|skopeo|libpod|buildah|cri-o)\//i;

export function losesTextOf404(userAgent: string | null): boolean {
  return LOSES_TEXT_OF_404.test(userAgent ?? "");
}

/** Whether a client sends its first request again after a 429. Other clients give up. */
export function startsAgainAfter429(userAgent: string | null): boolean {
  return LOSES_TEXT_OF_404.test(userAgent ?? "") || CONTAINERS_IMAGE.test(userAgent ?? "");
}
