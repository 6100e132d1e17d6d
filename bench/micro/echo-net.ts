/** An echo server on Node's `net`, for the comparison with echo-loop.ts. Prints its port. */

import { createServer } from "node:net";

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.on("data", (bytes) => socket.write(bytes));
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as { port: number }).port));
