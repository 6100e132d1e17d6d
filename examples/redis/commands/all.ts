/** Every command there is: the groups, in the order in which COMMAND lists them. */

import { type CommandGroup, CommandTable } from "../command.ts";
import { aclCommands } from "./acl.ts";
import { bitfieldCommands } from "./bitfield.ts";
import { bitmapCommands } from "./bitmap.ts";
import { clientCommands } from "./client.ts";
import { clientTrackingCommands } from "./client-tracking.ts";
import { commandCommands } from "./command.ts";
import { configCommands } from "./config.ts";
import { connectionCommands } from "./connection.ts";
import { counterCommands } from "./counter.ts";
import { databaseCommands } from "./database.ts";
import { debugCommands } from "./debug.ts";
import { diagnosticsCommands } from "./diagnostics.ts";
import { clusterDumpCommands, dumpCommands } from "./dump.ts";
import { expireCommands } from "./expire.ts";
import { genericCommands } from "./generic.ts";
import { geoCommands } from "./geo.ts";
import { geoSearchCommands } from "./geo-search.ts";
import { hashCommands } from "./hash.ts";
import { hashExpiryCommands } from "./hash-expiry.ts";
import { hyperloglogCommands } from "./hyperloglog.ts";
import { infoCommands } from "./info.ts";
import { latencyCommands } from "./latency.ts";
import { lcsCommands } from "./lcs.ts";
import { listCommands } from "./list.ts";
import { blockingListCommands } from "./list-blocking.ts";
import { objectCommands } from "./object.ts";
import { pubsubCommands } from "./pubsub.ts";
import { serverCommands } from "./server.ts";
import { setCommands } from "./set.ts";
import { sortCommands } from "./sort.ts";
import { sortedSetCommands } from "./sorted-set.ts";
import { blockingSortedSetCommands } from "./sorted-set-blocking.ts";
import { sortedSetOperationCommands } from "./sorted-set-operations.ts";
import { sortedSetRangeCommands } from "./sorted-set-range.ts";
import { streamCommands } from "./stream.ts";
import { streamGroupCommands } from "./stream-group.ts";
import { streamInfoCommands } from "./stream-info.ts";
import { streamPendingCommands } from "./stream-pending.ts";
import { streamReadCommands } from "./stream-read.ts";
import { stringCommands } from "./string.ts";
import { transactionCommands } from "./transaction.ts";
import { waitCommands } from "./wait.ts";

/** With `more` of them at the end, a program's own. */
export function commandTable(...more: readonly CommandGroup[]): CommandTable {
  return new CommandTable([
    connectionCommands,
    clientCommands,
    clientTrackingCommands,
    stringCommands,
    counterCommands,
    lcsCommands,
    bitmapCommands,
    bitfieldCommands,
    hyperloglogCommands,
    genericCommands,
    expireCommands,
    sortCommands,
    objectCommands,
    dumpCommands,
    clusterDumpCommands,
    waitCommands,
    listCommands,
    blockingListCommands,
    hashCommands,
    hashExpiryCommands,
    setCommands,
    geoCommands,
    geoSearchCommands,
    sortedSetCommands,
    blockingSortedSetCommands,
    sortedSetRangeCommands,
    sortedSetOperationCommands,
    streamCommands,
    streamReadCommands,
    streamGroupCommands,
    streamPendingCommands,
    streamInfoCommands,
    transactionCommands,
    pubsubCommands,
    databaseCommands,
    serverCommands,
    diagnosticsCommands,
    latencyCommands,
    infoCommands,
    configCommands,
    aclCommands,
    commandCommands,
    debugCommands,
    ...more,
  ]);
}
