/**
 * A conversation in HTTP/1.1 without its socket: bytes come in, cut anywhere, and answers pile up
 * in `output`. The parser is a machine with named states; each takes one line, or the body, and
 * what is over belongs to the next state, or to the next request. Every size has a limit.
 *
 * RFC 9112 (messages), RFC 9110 (what they mean); see also ../15-http.ts. */

const LINE_LIMIT_BYTES = 8192;
const HEADERS_LIMIT = 100;
const BODY_LIMIT_BYTES = 1 << 20;

type State = "request line" | "headers" | "body" | "over";

export class Conversation {
  state: State = "request line";
  /** What has still to be sent. */
  output = Buffer.alloc(0);
  private input = Buffer.alloc(0);
  private method = "";
  private target = "";
  private keepAlive = true;
  private headers = 0;
  private bodyBytes = 0;

  /** Appends what was read, and answers every request that is whole by now. */
  hear(bytes: Uint8Array): void {
    this.input = Buffer.concat([this.input, bytes]);
    while (this.step());
  }

  /** Takes what the state waits for; false when it is not all there yet, and when all is over. */
  private step(): boolean {
    if (this.state === "over") this.input = Buffer.alloc(0);
    if (this.state === "over") return false;
    return this.state === "body" ? this.takeBody() : this.takeLine();
  }

  private takeLine(): boolean {
    const end = this.input.subarray(0, LINE_LIMIT_BYTES).indexOf("\r\n");
    if (end < 0) return this.input.length >= LINE_LIMIT_BYTES && this.refuse("431 Line Too Long");
    const line = this.input.toString("latin1", 0, end);
    this.input = this.input.subarray(end + 2);
    return this.state === "headers" ? this.takeHeader(line) : this.takeRequestLine(line);
  }

  private takeRequestLine(line: string): boolean {
    const match = /^([A-Z]+) (\S+) HTTP\/1\.([01])$/.exec(line);
    if (match === null) return this.refuse("400 Bad Request");
    [, this.method, this.target] = match;
    this.keepAlive = match[3] === "1";
    [this.headers, this.bodyBytes] = [0, 0];
    this.state = "headers";
    return true;
  }

  private takeHeader(line: string): boolean {
    if (line === "") return this.endHeaders();
    const [, name, value] = /^([^\s:]+):[ \t]*(.*?)[ \t]*$/.exec(line.toLowerCase()) ?? [];
    if (name === undefined) return this.refuse("400 Bad Request");
    if (++this.headers > HEADERS_LIMIT) return this.refuse("431 Too Many Headers");
    if (name === "connection") this.keepAlive = value === "keep-alive";
    if (name === "transfer-encoding") return this.refuse("501 Only Content-Length Bodies");
    if (name !== "content-length") return true;
    if (!/^\d+$/.test(value)) return this.refuse("400 Bad Request");
    this.bodyBytes = Number(value);
    return this.bodyBytes <= BODY_LIMIT_BYTES || this.refuse("413 Content Too Large");
  }

  private endHeaders(): boolean {
    this.state = "body"; // which may be of no bytes
    return true;
  }

  private takeBody(): boolean {
    const n = Math.min(this.bodyBytes, this.input.length);
    this.input = this.input.subarray(n);
    this.bodyBytes -= n;
    if (this.bodyBytes > 0) return false;
    this.answer("200 OK", `You said ${this.method} ${this.target}\n`);
    return true;
  }

  private refuse(status: string): boolean {
    this.keepAlive = false;
    this.answer(status, `${status}\n`);
    return false;
  }

  private answer(status: string, text: string): void {
    const head = [
      `HTTP/1.1 ${status}`,
      "Content-Type: text/plain",
      `Content-Length: ${Buffer.byteLength(text)}`,
      `Connection: ${this.keepAlive ? "keep-alive" : "close"}`,
    ];
    const body = this.method === "HEAD" ? "" : text;
    const bytes = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
    this.output = Buffer.concat([this.output, bytes]);
    this.state = this.keepAlive ? "request line" : "over";
  }
}
