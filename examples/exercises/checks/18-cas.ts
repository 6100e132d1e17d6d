import type { Peer } from "../check/peer.ts";
import { request } from "../check/request.ts";
import type { Exercise, Stage } from "../check/stage.ts";

/** In seconds since the epoch; no test will see it come. */
const FAR_FUTURE = "4102444800";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";

/** Each request, a line of words, with what has to come for it. */
function converse(peer: Peer, ...turns: readonly (readonly [request: string, reply: string])[]) {
  for (const [words, reply] of turns) {
    peer.say(request(...words.split(" ")));
    peer.hears(reply);
  }
}

async function checkValues(stage: Stage, peer: Peer): Promise<void> {
  await stage.step("CAS of what is there sets it, and answers 1", () => {
    converse(peer, ["SET a one", "+OK\r\n"], ["CAS a one two", ":1\r\n"]);
    converse(peer, ["GET a", "$3\r\ntwo\r\n"]);
  });
  await stage.step("what is another, if only by a byte or its case, stays: 0", () => {
    for (const other of ["one", "tw", "twoo", "Two", ""]) {
      converse(peer, [`CAS a ${other} three`, ":0\r\n"], ["GET a", "$3\r\ntwo\r\n"]);
    }
  });
  await stage.step("a key that is not there is not made, nor is it an empty string: 0", () => {
    converse(peer, ["CAS b  new", ":0\r\n"], ["EXISTS b", ":0\r\n"]);
  });
  await stage.step("bytes that are no text, and numbers that look alike", () => {
    converse(peer, ["SET c \0\xff\r\n", "+OK\r\n"], ["CAS c \0\xff\r\n \xfe", ":1\r\n"]);
    converse(peer, ["GET c", "$1\r\n\xfe\r\n"], ["SET n 10", "+OK\r\n"]);
    converse(peer, ["CAS n 010 11", ":0\r\n"], ["CAS n 10 11", ":1\r\n"], ["INCR n", ":12\r\n"]);
  });
  await stage.step("a list is of the wrong type, and stays", () => {
    converse(peer, ["RPUSH l x", ":1\r\n"], ["CAS l x y", WRONG_TYPE]);
    converse(peer, ["LRANGE l 0 -1", "*1\r\n$1\r\nx\r\n"]);
  });
  await stage.step("the time to live stays", () => {
    converse(peer, [`SET t x EXAT ${FAR_FUTURE}`, "+OK\r\n"], ["CAS t x y", ":1\r\n"]);
    converse(peer, ["EXPIRETIME t", `:${FAR_FUTURE}\r\n`]);
  });
}

/** What the server does for a command, once its row says what it is. */
async function checkRow(stage: Stage, peer: Peer): Promise<void> {
  await stage.step("its arity: two words after the key, no fewer and no more", () => {
    const wrong = "-ERR wrong number of arguments for 'cas' command\r\n";
    converse(peer, ["CAS a two", wrong], ["CAS a two three four", wrong]);
  });
  await stage.step("its key: COMMAND GETKEYS finds it", () => {
    converse(peer, ["COMMAND GETKEYS CAS a b c", "*1\r\n$1\r\na\r\n"]);
  });
  await stage.step("its flags: it writes, which not every user may", () => {
    converse(peer, ["ACL SETUSER reader +@all -@write ~*", "+OK\r\n"]);
    const denied = "This user has no permissions to run the 'cas' command";
    converse(peer, ["ACL DRYRUN reader CAS a b c", `$${denied.length}\r\n${denied}\r\n`]);
  });
  await stage.step("and not when memory is used up (denyoom)", () => {
    converse(peer, ["CONFIG SET maxmemory 1", "+OK\r\n"]);
    const denied = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
    converse(peer, ["CAS a two three", denied], ["CONFIG SET maxmemory 0", "+OK\r\n"]);
  });
}

async function checkOthers(stage: Stage, peer: Peer): Promise<void> {
  const other = stage.connect();
  await stage.step("EXEC is refused to who watches the key, if it was set", () => {
    converse(peer, ["SET w x", "+OK\r\n"]);
    converse(other, ["WATCH w", "+OK\r\n"]);
    converse(peer, ["CAS w y z", ":0\r\n"]);
    converse(other, ["MULTI", "+OK\r\n"], ["EXEC", "*0\r\n"], ["WATCH w", "+OK\r\n"]);
    converse(peer, ["CAS w x y", ":1\r\n"]);
    converse(other, ["MULTI", "+OK\r\n"], ["EXEC", "*-1\r\n"]);
  });
  await stage.step("who subscribed to events of the key hears of cas, if it was set", () => {
    const channel = "__keyspace@0__:e";
    const head = `$${channel.length}\r\n${channel}\r\n`;
    converse(peer, ["SET e x", "+OK\r\n"], ["CONFIG SET notify-keyspace-events KA", "+OK\r\n"]);
    converse(other, [`SUBSCRIBE ${channel}`, `*3\r\n$9\r\nsubscribe\r\n${head}:1\r\n`]);
    converse(peer, ["CAS e y z", ":0\r\n"], ["CAS e x y", ":1\r\n"], ["SET e z", "+OK\r\n"]);
    for (const event of ["cas", "set"]) {
      other.hears(`*3\r\n$7\r\nmessage\r\n${head}$3\r\n${event}\r\n`);
    }
  });
}

export const cas: Exercise = {
  name: "18-cas",
  task: "a new command for the real Redis server",
  argument: "port",
  async check(stage) {
    const peer = stage.connect();
    await checkValues(stage, peer);
    await checkRow(stage, peer);
    await checkOthers(stage, peer);
  },
};
