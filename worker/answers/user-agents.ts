/** Clients based on containerd print "not found" for any 404. Of a 403 they print the body or the reason phrase. */
const CONTAINERD = /containerd|buildkit\//i;

/** Programs of the library oras-go print "not found" for any 404. Of a 403 they print the body alone. */
const ORAS_GO = /^(?:oras|oras-go|helm|notation)\b/i;

/** The library containers/image, by the names of the programs that use it. */
const CONTAINERS_IMAGE = /^(?:containers|skopeo|libpod|buildah|cri-o)\//i;

/**
 * Whether a client loses the message of a 404, and shows that of a 403. An answer to HEAD has no body, so it helps only
 * the clients that show the reason phrase. For all others a 404 is nearer to the truth.
 */
export function losesTextOf404({ method, headers }: Pick<Request, "method" | "headers">): boolean {
  const agent = headers.get("User-Agent") ?? "";
  return CONTAINERD.test(agent) || (method === "GET" && ORAS_GO.test(agent));
}

/** Whether a client sends its first request again after a 429. Other clients give up. */
export function startsAgainAfter429(userAgent: string | null): boolean {
  return CONTAINERD.test(userAgent ?? "") || CONTAINERS_IMAGE.test(userAgent ?? "");
}

/**
 * containerd 1.7 under Kubernetes. It cancels a pull that has read no byte of a body for five minutes, and a HEAD has no
 * body. Without a digest in the answer to HEAD, it sends a GET, and reads the bodies of redirects.
 */
const COUNTS_BYTES = /^containerd\/v?1\.7\./i;

export function cancelsWithoutBytes(userAgent: string | null): boolean {
  return COUNTS_BYTES.test(userAgent ?? "");
}
