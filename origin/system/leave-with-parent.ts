function leave(): void {
  process.exit(0);
}

/**
 * Ends this process as soon as the process that forked it is gone. It is for the start of this process, which knows no better
 * end yet. Returns a function that ends the watch. Without such a parent, it does nothing.
 */
export function leaveWithParent(): () => void {
  // The parent may have gone while this process loaded its modules.
  if (process.send && !process.connected) leave();
  process.once("disconnect", leave);
  return () => void process.off("disconnect", leave);
}
