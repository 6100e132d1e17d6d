/** A parser with two states that takes what is there, and waits for the rest. */
import { acceptConnections, close, EPOLLIN, Loop, listenTcp, read, writeAll } from "fdkit";

const LINE_LIMIT_BYTES = 32;
const NEWLINE = 10;
const port = Number(process.argv[2] ?? 7001);

interface Client {
  state: "line" | "body";
  input: Buffer;
  /** How many bytes of the body are still to come. */
  left: number;
  sum: number;
}

const loop = new Loop();
const buffer = Buffer.alloc(4096);
const clients = new Map<number, Client>();
const listenfd = listenTcp("127.0.0.1", port);
console.log(`listening on 127.0.0.1:${port}`);

loop.add(listenfd, EPOLLIN, { ready: welcome });
loop.run();

function welcome(): void {
  acceptConnections(listenfd, 16, (connfd) => {
    clients.set(connfd, { state: "line", input: Buffer.alloc(0), left: 0, sum: 0 });
    loop.add(connfd, EPOLLIN, { ready });
  });
}

function ready(connfd: number): void {
  const client = clients.get(connfd);
  const n = read(connfd, buffer, buffer.length);
  if (client === undefined || n < 0) return;
  client.input = Buffer.concat([client.input, buffer.subarray(0, n)]);
  if (n === 0 || !hear(connfd, client)) goodbye(connfd);
}

/** Takes what is whole; false when it is no request. */
function hear(connfd: number, client: Client): boolean {
  for (;;) {
    const answer = client.state === "line" ? takeLine(client) : takeBody(client);
    if (answer === undefined) return true;
    writeAll(connfd, Buffer.from(answer));
    if (answer === "what?\n") return false;
  }
}

/** The answer, "" when there is none to be given, undefined when more has to come. */
function takeLine(client: Client): string | undefined {
  const end = client.input.indexOf(NEWLINE);
  if ((end < 0 ? client.input.length : end) > LINE_LIMIT_BYTES) return "what?\n";
  if (end < 0) return undefined;
  const line = client.input.toString("latin1", 0, end);
  client.input = client.input.subarray(end + 1);
  if (line === "SUM") return `${client.sum}\n`;
  if (!/^ADD \d+$/.test(line)) return "what?\n";
  client.left = Number(line.slice("ADD ".length));
  client.state = "body";
  return "";
}

function takeBody(client: Client): string | undefined {
  const n = Math.min(client.left, client.input.length);
  client.input = client.input.subarray(n);
  client.left -= n;
  client.sum += n;
  if (client.left > 0) return undefined;
  client.state = "line";
  return "ok\n";
}

function goodbye(connfd: number): void {
  clients.delete(connfd);
  loop.remove(connfd);
  close(connfd);
}
