/** Limits the uploads that run at a time, by their number and by their bytes. Uploads start in the order of the calls. */
export interface UploadSlots {
  /** Runs `upload` when there is room. Throws the signal's reason if the signal comes first. */
  run<T>(bytes: number, signal: AbortSignal, upload: () => Promise<T>): Promise<T>;
}

interface UploadLimits {
  readonly requests: number;
  /** One upload alone may have more. */
  readonly bytes: number;
}

interface WaitingUpload {
  readonly bytes: number;
  readonly start: () => void;
}

export function createUploadSlots(limits: UploadLimits): UploadSlots {
  const waiting: WaitingUpload[] = [];
  let requests = 0;
  let bytes = 0;

  function startNext(): void {
    for (let [next] = waiting; next && hasRoom(next.bytes); [next] = waiting) {
      waiting.shift();
      requests += 1;
      bytes += next.bytes;
      next.start();
    }
  }

  function hasRoom(more: number): boolean {
    return requests === 0 || (requests < limits.requests && bytes + more <= limits.bytes);
  }

  function turn(size: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      waiting.splice(waiting.indexOf(upload), 1);
      reject(signal.reason);
      startNext();
    };
    const start = () => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    const upload = { bytes: size, start };
    signal.addEventListener("abort", leave, { once: true });
    waiting.push(upload);
    startNext();
    return promise;
  }

  return {
    async run(size, signal, upload) {
      signal.throwIfAborted();
      await turn(size, signal);
      try {
        return await upload();
      } finally {
        requests -= 1;
        bytes -= size;
        startNext();
      }
    },
  };
}
