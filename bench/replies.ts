/**
 * Counts the replies in a stream of bytes, however it is cut: simple strings, errors, integers and
 * bulk strings of Redis's protocol. An error, or a reply of another type than `type`, is thrown.
 */

const LF = 10;
const MINUS = 45;
const DOLLAR = 36;
const ZERO = 48;
const NINE = 57;

export class ReplyCounter {
  /** The first byte of every reply: `+`, `:` or `$`; the limit answers `+` to everything. */
  private readonly type: number;
  /** Bytes of a bulk string, its CR LF included, that have not come yet. */
  private skip = 0;
  /** The number in the line of a reply: an integer without its sign, or the length of a string. */
  number = 0;
  private isNull = false;
  private inLine = false;

  constructor(type: string) {
    this.type = type.charCodeAt(0);
  }

  /** Takes `bytes[0…size-1]` and returns how many replies they completed. */
  take(bytes: Uint8Array, size: number): number {
    let complete = 0;
    let at = 0;
    while (at < size) {
      if (this.skip > 0) {
        const n = Math.min(this.skip, size - at);
        at += n;
        this.skip -= n;
        if (this.skip === 0) complete++;
      } else if (this.takeByte(bytes, at++)) {
        complete++;
      }
    }
    return complete;
  }

  /** One byte of a line; true when it ends a reply. */
  private takeByte(bytes: Uint8Array, at: number): boolean {
    const byte = bytes[at] as number;
    if (!this.inLine) {
      if (byte !== this.type) throw wrongReply(bytes, at);
      this.inLine = true;
      this.isNull = false;
      this.number = 0;
    } else if (byte === LF) {
      this.inLine = false;
      if (this.type !== DOLLAR || this.isNull) return true;
      this.skip = this.number + 2;
    } else if (byte === MINUS) {
      this.isNull = true;
    } else if (byte >= ZERO && byte <= NINE) {
      this.number = this.number * 10 + byte - ZERO;
    }
    return false;
  }
}

function wrongReply(bytes: Uint8Array, at: number): Error {
  const line = Buffer.from(bytes.subarray(at, at + 100)).toString("latin1");
  return new Error(`wrong reply: ${JSON.stringify(line.split("\r\n")[0])}`);
}
