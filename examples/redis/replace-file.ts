/** A file that gets new contents in one step: a crash leaves the old ones or the new ones. */

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";

const MODE_OF_NEW_FILES = 0o600;

/** `text` is a byte string; the mode of the file stays. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const mode = existsSync(path) ? statSync(path).mode : MODE_OF_NEW_FILES;
  const fd = openSync(temporary, "wx", mode);
  try {
    writeSync(fd, text, null, "latin1");
    fsyncSync(fd);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
