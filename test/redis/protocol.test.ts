import { withServer } from "../helpers/redis-server.ts";
withServer("starts", [], async (t, server) => {
  const c = await server.connect();
  t.equal(await c.send("PING\r\n"), "+PONG\r\n");
  console.error(server.openFds, server.memory, server.cpuTime);
  const began = performance.now();
  for (let i=0;i<2000;i++) await c.send("PING\r\n");
  console.error((performance.now() - began)/2000);
});
