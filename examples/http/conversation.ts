/**
 * A conversation in HTTP/1.1 without its socket: bytes come in, cut anywhere, and answers pile up
 * in `output`. The parser is a machine with named states; each takes a line, or bytes of the body;
 * what is over belongs to the next state, or to the next request. Every size has a limit.
 *
 * RFC 9112 (messages), RFC 9110 (what they mean); see also ../15-http.ts. */

const LINE_LIMIT_BYTES = 8192;
const HEADERS_LIMIT = 100;
const BODY_LIMIT_BYTES = 1 << 20;

const PAGES: ReadonlyMap<string, string> = new Map([
  ["/", "Hello from a file descriptor. There is more at /more.\n"],
  ["/more", "This connection stays open for your next request.\n"],
]);

/** Of a body whose length nobody knew at its beginning. */
type Chunked = "chunk size" | "chunk" | "trailers";
type State = "request line" | "headers" | "body" | Chunked | "over";

const BAD_REQUEST = "400 Bad Request";
const HEADERS_TOO_LARGE = "431 Request Header Fields Too Large";

/** What a request has said so far. */
class Request {
  readonly method: string;
  readonly path: string;
  /** HTTP/1.1: it names its host, it may wait for leave to send a body, and it stays. */
  readonly isNew: boolean;
  keepAlive: boolean;
  headers = 0;
  hasHost = false;
  waits = false;
  isChunked = false;
  /** How much of the body, or of this chunk of it, is still to come. */
  bodyBytes: number | undefined;
  /** How much all chunks have together. */
  chunkedBytes = 0;

  constructor(method = "", path = "", version = "1.1") {
    [this.method, this.path, this.isNew] = [method, path, version === "1.1"];
    this.keepAlive = this.isNew;
  }
}

export class Conversation {
  state: State = "request line";
  /** What has still to be sent. */
  output = Buffer.alloc(0);
  private input = Buffer.alloc(0);
  private request = new Request();

  /** A request has begun, and is not all there yet. */
  get isUnfinished(): boolean {
    return this.state !== "over" && (this.state !== "request line" || this.input.length > 0);
  }

  /** Appends what was read, and answers every request that is whole by now. */
  hear(bytes: Uint8Array): void {
    this.input = Buffer.concat([this.input, bytes]);
    while (this.step());
  }

  /** The rest of the request has not come in time. */
  giveUp(): void {
    this.refuse("408 Request Timeout");
  }

  /** Takes what the state waits for; false when it is not all there yet, and when all is over. */
  private step(): boolean {
    if (this.state === "over") this.input = Buffer.alloc(0);
    if (this.state === "over") return false;
    if (this.state === "chunk") return this.takeChunk();
    return this.state === "body" ? this.takeBody() : this.takeLine();
  }

  private takeLine(): boolean {
    const isFirst = this.state === "request line";
    const end = this.input.subarray(0, LINE_LIMIT_BYTES).indexOf("\r\n");
    if (end < 0 && this.input.length < LINE_LIMIT_BYTES) return false;
    if (end < 0) return this.refuse(isFirst ? "414 URI Too Long" : HEADERS_TOO_LARGE);
    const line = this.input.toString("latin1", 0, end);
    this.input = this.input.subarray(end + 2);
    if (isFirst) return this.takeRequestLine(line);
    if (this.state === "chunk size") return this.takeChunkSize(line);
    if (this.state === "trailers") return this.takeTrailer(line);
    return line === "" ? this.endHeaders() : this.takeHeader(line);
  }

  private takeRequestLine(line: string): boolean {
    if (line === "") return true; // some clients end a body with a line of their own
    const match = /^([A-Z]+) (\/[^\s?]*)\S* HTTP\/(1\.[01])$/.exec(line);
    if (match === null) return this.refuse(BAD_REQUEST);
    this.request = new Request(match[1], match[2], match[3]);
    this.state = "headers";
    return true;
  }

  private takeHeader(line: string): boolean {
    const { request } = this;
    const [, name, text] = /^([^\s:]+):(.*)$/.exec(line.toLowerCase()) ?? [];
    if (name === undefined) return this.refuse(BAD_REQUEST);
    const value = withoutBlanks(text);
    if (++request.headers > HEADERS_LIMIT) return this.refuse(HEADERS_TOO_LARGE);
    if (name === "host") request.hasHost = true;
    if (name === "connection" && /\bclose\b/.test(value)) request.keepAlive = false;
    if (name === "connection" && /\bkeep-alive\b/.test(value)) request.keepAlive = true;
    if (name === "expect" && value === "100-continue") request.waits = request.isNew;
    if (name === "transfer-encoding") return this.takeCoding(value);
    return name !== "content-length" || this.takeLength(value);
  }

  /** A second length would let a proxy in between see other requests than we do. */
  private takeLength(value: string): boolean {
    const { request } = this;
    if (!/^\d+$/.test(value) || request.bodyBytes !== undefined) return this.refuse(BAD_REQUEST);
    request.bodyBytes = Number(value);
    return request.bodyBytes <= BODY_LIMIT_BYTES || this.refuse("413 Content Too Large");
  }

  /** RFC 9112, 6.1: chunks are all that has to be understood, and are new in HTTP/1.1. */
  private takeCoding(value: string): boolean {
    const { request } = this;
    if (!request.isNew || request.isChunked) return this.refuse(BAD_REQUEST);
    request.isChunked = value === "chunked";
    return request.isChunked || this.refuse("501 Not Implemented");
  }

  private endHeaders(): boolean {
    const { isNew, hasHost, waits, isChunked, bodyBytes } = this.request;
    const isTwice = isChunked && bodyBytes !== undefined; // as a second length
    if (isTwice || (isNew && !hasHost)) return this.refuse(BAD_REQUEST);
    if (waits) this.say("HTTP/1.1 100 Continue\r\n\r\n");
    this.state = isChunked ? "chunk size" : "body"; // which may be of no bytes
    return true;
  }

  /** RFC 9112, 7.1: in hexadecimal, with extensions that nobody has to know; 0 is the end. */
  private takeChunkSize(line: string): boolean {
    const { request } = this;
    const [, digits] = /^0*([\da-f]{1,8})[ \t]*(;.*)?$/i.exec(line) ?? [];
    if (digits === undefined) return this.refuse(BAD_REQUEST);
    request.bodyBytes = Number.parseInt(digits, 16);
    request.chunkedBytes += request.bodyBytes;
    if (request.chunkedBytes > BODY_LIMIT_BYTES) return this.refuse("413 Content Too Large");
    this.state = request.bodyBytes === 0 ? "trailers" : "chunk";
    return true;
  }

  private takeChunk(): boolean {
    if (!this.takeBytes() || this.input.length < 2) return false;
    const isEnd = this.input.toString("latin1", 0, 2) === "\r\n";
    this.input = this.input.subarray(2);
    this.state = "chunk size";
    return isEnd || this.refuse(BAD_REQUEST);
  }

  /** Headers behind the chunks, of which this server needs none. */
  private takeTrailer(line: string): boolean {
    if (line === "") return this.respond();
    if (++this.request.headers > HEADERS_LIMIT) return this.refuse(HEADERS_TOO_LARGE);
    return /^[^\s:]+:/.test(line) || this.refuse(BAD_REQUEST);
  }

  private takeBody(): boolean {
    return this.takeBytes() && this.respond();
  }

  /** Drops what has come of the body, or of a chunk; whether that is all. */
  private takeBytes(): boolean {
    const { bodyBytes = 0 } = this.request;
    const n = Math.min(bodyBytes, this.input.length);
    this.input = this.input.subarray(n);
    this.request.bodyBytes = bodyBytes - n;
    return n === bodyBytes;
  }

  private respond(): boolean {
    const { method, path } = this.request;
    const page = PAGES.get(path);
    if (!/^(GET|HEAD|POST)$/.test(method)) this.answer("501 Not Implemented");
    else if (page === undefined) this.answer("404 Not Found");
    else this.answer("200 OK", page);
    return true;
  }

  private refuse(status: string): boolean {
    this.request.keepAlive = false;
    this.answer(status);
    return false;
  }

  private answer(status: string, text = `${status}\n`): void {
    const { keepAlive, method } = this.request;
    const head = [
      `HTTP/1.1 ${status}`,
      "Content-Type: text/plain",
      `Content-Length: ${Buffer.byteLength(text)}`,
      `Connection: ${keepAlive ? "keep-alive" : "close"}`,
    ];
    this.say(`${head.join("\r\n")}\r\n\r\n${method === "HEAD" ? "" : text}`);
    this.state = keepAlive ? "request line" : "over";
    this.request = new Request();
  }

  private say(text: string): void {
    this.output = Buffer.concat([this.output, Buffer.from(text)]);
  }
}

/** A regular expression that looks for blanks at the end tries anew at each blank of the line. */
function withoutBlanks(text: string): string {
  const isBlank = (i: number) => text[i] === " " || text[i] === "\t";
  let [start, end] = [0, text.length];
  while (start < end && isBlank(start)) start++;
  while (end > start && isBlank(end - 1)) end--;
  return text.slice(start, end);
}
