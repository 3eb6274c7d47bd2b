import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { connect as connectHttp, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { removeFolder } from "../remove-folder.ts";
import { unpackDebian13, withUsrOf } from "./debian-13.ts";
import { pathExists } from "../../origin/system/path-exists.ts";

/** containerd 1.7 as Kubernetes uses it. */
export interface KubernetesRuntime {
  /** Pulls an image. Throws the runtime's message if that fails. */
  pull(image: string): Promise<void>;
  stop(): Promise<void>;
}

const POLL_MS = 100;

/** `progressTimeoutS`: the runtime cancels a pull that reads no byte for this time. Its default is five minutes. */
export async function startKubernetesRuntime(progressTimeoutS: number): Promise<KubernetesRuntime> {
  const root = await unpackDebian13(["docker.io"]);
  const directory = await mkdtemp(join(tmpdir(), "cornice-kubernetes-"));
  const socket = join(directory, "containerd.sock");
  const settings = `version = 2
root = "${directory}/root"
state = "${directory}/state"
[grpc]
address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
image_pull_progress_timeout = "${progressTimeoutS}s"
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
`;
  const file = join(directory, "config.toml");
  await writeFile(file, settings);
  const daemon = spawn(...withUsrOf(root, ["containerd", "--config", file]), { stdio: "ignore" });
  while (!(await pathExists(socket))) {
    if (daemon.exitCode !== null) throw new Error("containerd did not start");
    await setTimeout(POLL_MS);
  }
  return {
    pull: (image) => pullImage(socket, image),
    async stop() {
      const ended = once(daemon, "exit");
      daemon.kill("SIGTERM");
      await ended;
      await removeFolder(directory);
    },
  };
}

/** Calls `PullImage` of https://github.com/kubernetes/cri-api/blob/v0.31.0/pkg/apis/runtime/v1/api.proto over gRPC. */
async function pullImage(socket: string, image: string): Promise<void> {
  const session = connectHttp("http://localhost", { createConnection: () => connect(socket) });
  const call = session.request({
    ":method": "POST",
    ":path": "/runtime.v1.ImageService/PullImage",
    "content-type": "application/grpc",
    te: "trailers",
  });
  const message = field(field(Buffer.from(image)));
  call.end(Buffer.concat([Buffer.from([0, 0, 0, 0, message.length]), message]));
  call.resume();
  const { promise: answered, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders>();
  // A failure has no body, and its status is in the first headers.
  const take = (headers: IncomingHttpHeaders) => headers["grpc-status"] !== undefined && resolve(headers);
  call.on("response", take).on("trailers", take).on("error", reject);
  const { "grpc-status": status, "grpc-message": reason } = await answered;
  session.close();
  if (status !== "0") throw new Error(decodeURIComponent(String(reason)));
}

/** A field of a protobuf message: number 1, bytes with a length of less than 128. */
function field(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x0a, content.length]), content]);
}
