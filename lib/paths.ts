// Paths for the kernel and for messages: a string, or bytes where a name is not UTF-8.
const utf8 = new TextEncoder();

export function pathBytes(path: string | Uint8Array): Uint8Array {
  return typeof path === "string" ? utf8.encode(path) : path;
}

export function pathText(path: string | Uint8Array): string {
  return typeof path === "string" ? path : Buffer.from(path).toString("latin1");
}
