/** Like containerd from 2.3 on, the client gives up if it gets no response header within this time. */
const HEADER_TIMEOUT_MS = 30_000;
/** The limit of all clients written in Go. */
const MAX_REDIRECTS = 9;

interface Pulled {
  readonly status: number;
  readonly digest: string | null;
  readonly redirects: number;
}

/** Asks for a manifest, like a client that waits at most 30 s for each answer. Throws when it gives up. */
export async function pullImpatiently(url: string, method: "GET" | "HEAD"): Promise<Pulled> {
  let response = await send(url, method);
  let redirects = 0;
  for (; response.status === 307; redirects++) {
    if (redirects === MAX_REDIRECTS) throw new Error(`stopped after ${MAX_REDIRECTS} redirects`);
    const location = response.headers.get("Location") ?? "";
    response = await send(new URL(location, response.url).href, method);
  }
  return { status: response.status, digest: response.headers.get("Docker-Content-Digest"), redirects };
}

async function send(url: string, method: string): Promise<Response> {
  const response = await fetch(url, { method, redirect: "manual", signal: AbortSignal.timeout(HEADER_TIMEOUT_MS) });
  await response.arrayBuffer();
  return response;
}
