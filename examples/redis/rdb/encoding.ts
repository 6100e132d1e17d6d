/**
 * The numbers by which Redis's dump format (RDB version 10) names things: types of values, and what
 * the first byte of a length says.
 * https://rdb.fnordig.de/file_format.html
 */

export const RDB_VERSION = 10;

// Types of values, as they stand before each.
export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;
export const TYPE_ZSET_2 = 5;
export const TYPE_HASH_ZIPMAP = 9;
export const TYPE_LIST_ZIPLIST = 10;
export const TYPE_SET_INTSET = 11;
export const TYPE_ZSET_ZIPLIST = 12;
export const TYPE_HASH_ZIPLIST = 13;
export const TYPE_LIST_QUICKLIST = 14;
export const TYPE_STREAM_LISTPACKS = 15;
export const TYPE_HASH_LISTPACK = 16;
export const TYPE_ZSET_LISTPACK = 17;
export const TYPE_LIST_QUICKLIST_2 = 18;
export const TYPE_STREAM_LISTPACKS_2 = 19;

// The two upper bits of a length: it has 6 bits, 14 bits, more, or it is something else.
export const BITS_14 = 0x40;
export const BITS_32 = 0x80;
export const BITS_64 = 0x81;
export const SPECIAL = 0xc0;

// What a special length begins: an integer in so many bits, or a compressed string.
export const INT_8 = 0xc0;
export const INT_16 = 0xc1;
export const INT_32 = 0xc2;
export const LZF = 0xc3;
