/** A request to Redis, as redis-cli sends it. Strings are byte strings. */
export function request(...args: string[]): string {
  return [`*${args.length}`, ...args.map((arg) => `$${arg.length}\r\n${arg}`), ""].join("\r\n");
}
