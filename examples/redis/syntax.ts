/**
 * What the arguments of commands are, as lines of text: the command, and its syntax. COMMAND DOCS
 * makes trees of them. See also syntax-tree.ts.
 *
 *   name  name:int    an argument, a string or of another type; key@0 is a key, of that key spec
 *   GET  all=ALL      a word that stands for itself, and may have another name
 *   EX=seconds:int    an argument behind a word
 *   [x]  x+  x++      may be missing; may be repeated; may be repeated with its word
 *   n(a b)  n(a | b)  all of these in turn; one of them
 */

const LINES = `
acl|cat  [categoryname]
acl|deluser  username+
acl|dryrun  username command [arg+]
acl|genpass  [bits:int]
acl|getuser  username
acl|log  [operation(count:int | RESET)]
acl|setuser  username [rule+]
append  key@0 value
auth  [username] password
bgsave  [SCHEDULE]
bitcount  key@0 [index(start:int end:int [index_unit(BYTE | BIT)])]
bitfield  key@0 [operation(GET=encoding_offset(encoding offset:int) |
    write([OVERFLOW=wrap_sat_fail(WRAP | SAT | FAIL)]
    write_operation(SET=encoding_offset_value(encoding offset:int value:int) |
    INCRBY=encoding_offset_increment(encoding offset:int increment:int))))+]
bitfield_ro  key@0 [GET=encoding_offset(encoding offset:int)++]
bitop  operation destkey@0 key@1+
bitpos  key@0 bit:int [index(start:int [end_index(end:int [index_unit(BYTE | BIT)])])]
blmove  source@0 destination@1 wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT) timeout:double
blmpop  timeout:double numkeys:int key@0+ where(LEFT | RIGHT) [COUNT=count:int]
blpop  key@0+ timeout:double
brpop  key@0+ timeout:double
brpoplpush  source@0 destination@1 timeout:double
bzmpop  timeout:double numkeys:int key@0+ where(MIN | MAX) [COUNT=count:int]
bzpopmax  key@0+ timeout:double
bzpopmin  key@0+ timeout:double
client|caching  mode(YES | NO)
client|kill  filter(ip:port:string | new-format([ID=client-id:int] |
    [TYPE=normal_master_slave_pubsub(NORMAL | MASTER | SLAVE | REPLICA | PUBSUB)] |
    [USER=username] | [ADDR=ip:port:string] | [LADDR=ip:port:string] | [SKIPME=yes/no])+)
client|list  [TYPE=normal_master_replica_pubsub(NORMAL | MASTER | REPLICA | PUBSUB)]
    [ID=id(client-id:int+)]
client|no-evict  enabled(ON | OFF)
client|no-touch  enabled(ON | OFF)
client|pause  timeout:int [mode(WRITE | ALL)]
client|reply  on_off_skip(ON | OFF | SKIP)
client|setinfo  attr(LIB-NAME=libname | LIB-VER=libver)
client|setname  connection-name
client|tracking  status(ON | OFF) [REDIRECT=client-id:int] [PREFIX=prefix++] [BCAST] [OPTIN]
    [OPTOUT] [NOLOOP]
client|unblock  client-id:int [timeout_error(TIMEOUT | ERROR)]
command|docs  [command-name+]
command|info  [command-name+]
command|list  [FILTERBY=filterby(MODULE=module-name | ACLCAT=category |
    PATTERN=pattern:pattern)]
config|get  parameter(parameter)+
config|set  parameter_value(parameter value)+
copy  source@0 destination@1 [DB=destination-db:int] [REPLACE]
decr  key@0
decrby  key@0 decrement:int
del  key@0+
dump  key@0
echo  message
exists  key@0+
expire  key@0 seconds:int [condition(NX | XX | GT | LT)]
expireat  key@0 unix-time-seconds:time [condition(NX | XX | GT | LT)]
expiretime  key@0
flushall  [async(ASYNC | SYNC)]
flushdb  [async(ASYNC | SYNC)]
geoadd  key@0 [condition(NX | XX)] [change=CH] longitude_latitude_member(longitude:double
    latitude:double member)+
geodist  key@0 member1 member2 [unit(M | KM | FT | MI)]
geohash  key@0 member+
geopos  key@0 member+
georadius  key@0 longitude:double latitude:double radius:double unit(M | KM | FT | MI)
    [WITHCOORD] [WITHDIST] [WITHHASH] [count(COUNT=count:int [ANY])] [order(ASC | DESC)]
    [STORE=key@1] [STOREDIST=key@2]
georadius_ro  key@0 longitude:double latitude:double radius:double unit(M | KM | FT | MI)
    [WITHCOORD] [WITHDIST] [WITHHASH] [count(COUNT=count:int [ANY])] [order(ASC | DESC)]
georadiusbymember  key@0 member radius:double unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST]
    [WITHHASH] [count(COUNT=count:int [ANY])] [order(ASC | DESC)] [STORE=key@1]
    [STOREDIST=key@2]
georadiusbymember_ro  key@0 member radius:double unit(M | KM | FT | MI) [WITHCOORD] [WITHDIST]
    [WITHHASH] [count(COUNT=count:int [ANY])] [order(ASC | DESC)]
geosearch  key@0 from(FROMMEMBER=member | FROMLONLAT=longitude_latitude(longitude:double
    latitude:double)) by(circle(BYRADIUS=radius:double unit(M | KM | FT | MI)) |
    box(BYBOX=width:double height:double unit(M | KM | FT | MI))) [order(ASC | DESC)]
    [count(COUNT=count:int [ANY])] [WITHCOORD] [WITHDIST] [WITHHASH]
geosearchstore  destination@0 source@1 from(FROMMEMBER=member |
    FROMLONLAT=longitude_latitude(longitude:double latitude:double))
    by(circle(BYRADIUS=radius:double unit(M | KM | FT | MI)) | box(BYBOX=width:double
    height:double unit(M | KM | FT | MI))) [order(ASC | DESC)] [count(COUNT=count:int [ANY])]
    [STOREDIST]
get  key@0
getbit  key@0 offset:int
getdel  key@0
getex  key@0 [expiration(EX=seconds:int | PX=milliseconds:int | EXAT=unix-time-seconds:time |
    PXAT=unix-time-milliseconds:time | PERSIST)]
getrange  key@0 start:int end:int
getset  key@0 value
hdel  key@0 field+
hello  [arguments(protover:int [AUTH=username_password(username password)]
    [SETNAME=clientname])]
hexists  key@0 field
hexpire  key@0 seconds:int [condition(NX | XX | GT | LT)] FIELDS=fields(numfields:int field+)
hexpireat  key@0 unix-time-seconds:time [condition(NX | XX | GT | LT)]
    FIELDS=fields(numfields:int field+)
hexpiretime  key@0 FIELDS=fields(numfields:int field+)
hget  key@0 field
hgetall  key@0
hgetdel  key@0 FIELDS=fields(numfields:int field+)
hgetex  key@0 [expiration(EX=seconds:int | PX=milliseconds:int | EXAT=unix-time-seconds:time |
    PXAT=unix-time-milliseconds:time | PERSIST)]
    FIELDS=fields(numfields:int field+)
hincrby  key@0 field increment:int
hincrbyfloat  key@0 field increment:double
hkeys  key@0
hlen  key@0
hmget  key@0 field+
hmset  key@0 field_value(field value)+
hpersist  key@0 FIELDS=fields(numfields:int field+)
hpexpire  key@0 milliseconds:int [condition(NX | XX | GT | LT)] FIELDS=fields(numfields:int field+)
hpexpireat  key@0 unix-time-milliseconds:time [condition(NX | XX | GT | LT)]
    FIELDS=fields(numfields:int field+)
hpexpiretime  key@0 FIELDS=fields(numfields:int field+)
hpttl  key@0 FIELDS=fields(numfields:int field+)
hrandfield  key@0 [options(count:int [WITHVALUES])]
hscan  key@0 cursor:int [MATCH=pattern:pattern] [COUNT=count:int] [NOVALUES]
hset  key@0 field_value(field value)+
hsetex  key@0 [condition(FNX | FXX)] [expiration(EX=seconds:int | PX=milliseconds:int |
    EXAT=unix-time-seconds:time | PXAT=unix-time-milliseconds:time | KEEPTTL)]
    FIELDS=fields(numfields:int data(field value)+)
hsetnx  key@0 field value
hstrlen  key@0 field
httl  key@0 FIELDS=fields(numfields:int field+)
hvals  key@0
incr  key@0
incrby  key@0 increment:int
incrbyfloat  key@0 increment:double
info  [section+]
keys  pattern:pattern
latency|graph  event
latency|histogram  [command+]
latency|history  event
latency|reset  [event+]
lcs  key1@0 key2@0 [LEN] [IDX] [MINMATCHLEN=len:int] [WITHMATCHLEN]
lindex  key@0 index:int
linsert  key@0 where(BEFORE | AFTER) pivot element
llen  key@0
lmove  source@0 destination@1 wherefrom(LEFT | RIGHT) whereto(LEFT | RIGHT)
lmpop  numkeys:int key@0+ where(LEFT | RIGHT) [COUNT=count:int]
lolwut  [VERSION=version:int]
lpop  key@0 [count:int]
lpos  key@0 element [RANK=rank:int] [COUNT=num-matches:int] [MAXLEN=len:int]
lpush  key@0 element+
lpushx  key@0 element+
lrange  key@0 start:int stop:int
lrem  key@0 count:int element
lset  key@0 index:int element
ltrim  key@0 start:int stop:int
memory|usage  key@0 [SAMPLES=count:int]
mget  key@0+
move  key@0 db:int
mset  key_value(key@0 value)+
msetnx  key_value(key@0 value)+
object|encoding  key@0
object|freq  key@0
object|idletime  key@0
object|refcount  key@0
persist  key@0
pexpire  key@0 milliseconds:int [condition(NX | XX | GT | LT)]
pexpireat  key@0 unix-time-milliseconds:time [condition(NX | XX | GT | LT)]
pexpiretime  key@0
pfadd  key@0 [element+]
pfcount  key@0+
pfdebug  subcommand key@0
pfmerge  destkey@0 sourcekey@1+
ping  [message]
psetex  key@0 milliseconds:int value
psubscribe  pattern(pattern:pattern)+
pttl  key@0
publish  channel message
pubsub|channels  [pattern:pattern]
pubsub|numsub  [channel+]
pubsub|shardchannels  [pattern:pattern]
pubsub|shardnumsub  [shardchannel+]
punsubscribe  [pattern:pattern+]
rename  key@0 newkey@1
renamenx  key@0 newkey@1
restore  key@0 ttl:int serialized-value [REPLACE] [ABSTTL] [IDLETIME=seconds:int]
    [FREQ=frequency:int]
restore-asking  key@0 ttl:int serialized-value [REPLACE] [ABSTTL] [IDLETIME=seconds:int]
    [FREQ=frequency:int]
rpop  key@0 [count:int]
rpoplpush  source@0 destination@1
rpush  key@0 element+
rpushx  key@0 element+
sadd  key@0 member+
scan  cursor:int [MATCH=pattern:pattern] [COUNT=count:int] [TYPE=type]
scard  key@0
sdiff  key@0+
sdiffstore  destination@0 key@1+
select  index:int
set  key@0 value [condition(NX | XX)] [GET] [expiration(EX=seconds:int | PX=milliseconds:int |
    EXAT=unix-time-seconds:time | PXAT=unix-time-milliseconds:time | KEEPTTL)]
setbit  key@0 offset:int value:int
setex  key@0 seconds:int value
setnx  key@0 value
setrange  key@0 offset:int value
shutdown  [nosave_save(NOSAVE | SAVE)] [NOW] [FORCE] [ABORT]
sinter  key@0+
sintercard  numkeys:int key@0+ [LIMIT=limit:int]
sinterstore  destination@0 key@1+
sismember  key@0 member
slowlog|get  [count:int]
smembers  key@0
smismember  key@0 member+
smove  source@0 destination@1 member
sort  key@0 [BY=pattern@1:pattern] [LIMIT=offset_count(offset:int count:int)]
    [GET=pattern@1:pattern++] [order(ASC | DESC)] [sorting=ALPHA] [STORE=destination@2]
sort_ro  key@0 [BY=pattern@1:pattern] [LIMIT=offset_count(offset:int count:int)]
    [GET=pattern@1:pattern++] [order(ASC | DESC)] [sorting=ALPHA]
spop  key@0 [count:int]
spublish  shardchannel message
srandmember  key@0 [count:int]
srem  key@0 member+
sscan  key@0 cursor:int [MATCH=pattern:pattern] [COUNT=count:int]
ssubscribe  shardchannel+
strlen  key@0
subscribe  channel+
substr  key@0 start:int end:int
sunion  key@0+
sunionstore  destination@0 key@1+
sunsubscribe  [shardchannel+]
swapdb  index1:int index2:int
touch  key@0+
ttl  key@0
type  key@0
unlink  key@0+
unsubscribe  [channel+]
wait  numreplicas:int timeout:int
waitaof  numlocal:int numreplicas:int timeout:int
watch  key@0+
xack  key@0 group id+
xadd  key@0 [NOMKSTREAM] [trim(strategy(MAXLEN | MINID) [operator(equal='=' |
    approximately='~')] threshold [LIMIT=count:int])] id_or_auto(auto_id='*' | id)
    field_value(field value)+
xautoclaim  key@0 group consumer min-idle-time start [COUNT=count:int] [JUSTID]
xclaim  key@0 group consumer min-idle-time id+ [IDLE=ms:int] [TIME=unix-time-milliseconds:time]
    [RETRYCOUNT=count:int] [FORCE] [JUSTID] [LASTID=id]
xdel  key@0 id+
xgroup|create  key@0 groupname id(id | new_id='$') [MKSTREAM] [ENTRIESREAD=entries_read:int]
xgroup|createconsumer  key@0 groupname consumername
xgroup|delconsumer  key@0 groupname consumername
xgroup|destroy  key@0 groupname
xgroup|setid  key@0 groupname id(id | new_id='$') [ENTRIESREAD=entries_read:int]
xinfo|consumers  key@0 groupname
xinfo|groups  key@0
xinfo|stream  key@0 [FULL=full([COUNT=count:int])]
xlen  key@0
xpending  key@0 group [filters([IDLE=min-idle-time:int] start end count:int [consumer])]
xrange  key@0 start end [COUNT=count:int]
xread  [COUNT=count:int] [BLOCK=milliseconds:int] STREAMS=streams(key@0+ id+)
xreadgroup  GROUP=group_consumer(group consumer) [COUNT=count:int] [BLOCK=milliseconds:int]
    [NOACK] STREAMS=streams(key@0+ id+)
xrevrange  key@0 end start [COUNT=count:int]
xsetid  key@0 last-id [ENTRIESADDED=entries_added:int] [MAXDELETEDID=max_deleted_entry_id]
xtrim  key@0 trim(strategy(MAXLEN | MINID) [operator(equal='=' | approximately='~')] threshold
    [LIMIT=count:int])
zadd  key@0 [condition(NX | XX)] [comparison(GT | LT)] [change=CH] [increment=INCR]
    score_member(score:double member)+
zcard  key@0
zcount  key@0 min:double max:double
zdiff  numkeys:int key@0+ [WITHSCORES]
zdiffstore  destination@0 numkeys:int key@1+
zincrby  key@0 increment:int member
zinter  numkeys:int key@0+ [WEIGHTS=weight:int+] [AGGREGATE=aggregate(SUM | MIN | MAX)]
    [WITHSCORES]
zintercard  numkeys:int key@0+ [LIMIT=limit:int]
zinterstore  destination@0 numkeys:int key@1+ [WEIGHTS=weight:int+] [AGGREGATE=aggregate(SUM |
    MIN | MAX)]
zlexcount  key@0 min max
zmpop  numkeys:int key@0+ where(MIN | MAX) [COUNT=count:int]
zmscore  key@0 member+
zpopmax  key@0 [count:int]
zpopmin  key@0 [count:int]
zrandmember  key@0 [options(count:int [WITHSCORES])]
zrange  key@0 start stop [sortby(BYSCORE | BYLEX)] [REV] [LIMIT=offset_count(offset:int
    count:int)] [WITHSCORES]
zrangebylex  key@0 min max [LIMIT=offset_count(offset:int count:int)]
zrangebyscore  key@0 min:double max:double [WITHSCORES] [LIMIT=offset_count(offset:int
    count:int)]
zrangestore  dst@0 src@1 min max [sortby(BYSCORE | BYLEX)] [REV] [LIMIT=offset_count(offset:int
    count:int)]
zrank  key@0 member [WITHSCORE]
zrem  key@0 member+
zremrangebylex  key@0 min max
zremrangebyrank  key@0 start:int stop:int
zremrangebyscore  key@0 min:double max:double
zrevrange  key@0 start:int stop:int [WITHSCORES]
zrevrangebylex  key@0 max min [LIMIT=offset_count(offset:int count:int)]
zrevrangebyscore  key@0 max:double min:double [WITHSCORES] [LIMIT=offset_count(offset:int
    count:int)]
zrevrank  key@0 member [WITHSCORE]
zscan  key@0 cursor:int [MATCH=pattern:pattern] [COUNT=count:int]
zscore  key@0 member
zunion  numkeys:int key@0+ [WEIGHTS=weight:int+] [AGGREGATE=aggregate(SUM | MIN | MAX)]
    [WITHSCORES]
zunionstore  destination@0 numkeys:int key@1+ [WEIGHTS=weight:int+] [AGGREGATE=aggregate(SUM |
    MIN | MAX)]
`;

/** Command to syntax. */
export const SYNTAX: ReadonlyMap<string, string> = new Map(
  LINES.trim()
    .split(/\n(?=\S)/)
    .map((line) => {
      const end = line.search(/\s/);
      return [line.slice(0, end), line.slice(end).trim()];
    }),
);
