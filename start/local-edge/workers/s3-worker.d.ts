/** Miniflare's S3 API for its R2. It checks signatures. The package is pinned, and has no other way to this file. */
declare module "miniflare/dist/src/workers/r2/s3/index.worker.js" {
  const s3: { fetch(request: Request, env: object, context: ExecutionContext): Promise<Response> };
  export default s3;
}
