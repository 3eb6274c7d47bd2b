import { Container } from "@cloudflare/containers";
import { originSettings, sleepAfterS, type WorkerBindings } from "./container-settings.ts";

/** The port of the images of `deploy/images/`. */
const ORIGIN_PORT = 8788;

/**
 * One origin in a Cloudflare Container: https://developers.cloudflare.com/containers/. Its first call starts it. It stops
 * when it has had no call for longer than a build may take, and loses its disk then.
 */
export class OriginContainer extends Container<WorkerBindings> {
  override readonly defaultPort = ORIGIN_PORT;
  override readonly sleepAfter = sleepAfterS(this.env);
  override readonly envVars = originSettings(this.env);
  /** Host and path of the call that finds out whether the origin has started. */
  override readonly pingEndpoint = "origin/healthz";
}
