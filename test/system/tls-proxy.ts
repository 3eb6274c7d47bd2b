import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { unpackDebian13, withUsrOf } from "./debian-13.ts";
import { output } from "./program.ts";
import { type Proxy, startProxy } from "./proxy.ts";
import { REPOSITORY } from "./registry.ts";

const DOCS = join(REPOSITORY, "docs/one-machine.md");
const HOST = "registry.example";

/** A certificate that is good for 127.0.0.1 alone, and its key. */
export interface Certificate {
  readonly file: string;
  readonly key: string;
}

/** Makes a certificate. The folder is one that skopeo and podman take as `--cert-dir`. */
export async function makeCertificate(folder: string): Promise<Certificate> {
  const [file, key] = [join(folder, "ca.crt"), join(folder, "server.pem")];
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await output("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", file]);
  return { file, key };
}

interface TlsProxyOptions {
  readonly directory: string;
  readonly certificate: Certificate;
  /** The port of 127.0.0.1 where clients reach the proxy. */
  readonly port: number;
  /** `127.0.0.1:<port>` of the registry. */
  readonly upstream: string;
}

/** Debian's nginx with the sample of docs/one-machine.md. */
export async function startTlsNginx({ directory, certificate, port, upstream }: TlsProxyOptions): Promise<Proxy> {
  const server = (await sample("nginx"))
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replace(`/etc/ssl/${HOST}.pem`, certificate.file)
    .replace(`/etc/ssl/${HOST}.key`, certificate.key)
    .replace("127.0.0.1:8787", upstream);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (each) => `${each}_temp_path ${directory}/nginx-${each};`,
  );
  const file = join(directory, "nginx.conf");
  const main = `daemon off; master_process off; pid ${file}.pid; error_log stderr; events {}`;
  await writeFile(file, `${main} http { ${paths.join(" ")} access_log off;\n${server} }\n`);
  const root = await unpackDebian13(["nginx"]);
  const command = withUsrOf(root, ["nginx", "-e", "stderr", "-c", file]);
  return startProxy(command, `https://127.0.0.1:${port}`, () => takesConnections(port));
}

/** Debian's Caddy with the sample of docs/one-machine.md. It does not ask anybody for a certificate here. */
export async function startTlsCaddy({ directory, certificate, port, upstream }: TlsProxyOptions): Promise<Proxy> {
  const site = (await sample("caddy"))
    .replace(`${HOST} {`, `https://127.0.0.1:${port} {\n\ttls ${certificate.file} ${certificate.key}`)
    .replace("127.0.0.1:8787", upstream);
  const file = join(directory, "Caddyfile");
  await writeFile(file, `{\n\tadmin off\n\tauto_https disable_redirects\n}\n${site}`);
  const root = await unpackDebian13(["caddy"]);
  const command = withUsrOf(root, ["caddy", "run", "--adapter", "caddyfile", "--config", file]);
  return startProxy(command, `https://127.0.0.1:${port}`, () => takesConnections(port));
}

/** The sample may stand in a list, and is then indented. */
async function sample(language: string): Promise<string> {
  const text = await readFile(DOCS, "utf8");
  const [, found] = new RegExp(`^ *\`\`\`${language}\n(.*?)^ *\`\`\``, "ms").exec(text) ?? [];
  if (found === undefined) throw new Error(`${DOCS} has no sample for ${language}`);
  return found;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
