/*
 * snapshot_format.h - the numbers of the snapshot's bytes, for its writer and reader (FORMAT.md has them as tables). Internal.
 */
#ifndef HL_STORE_SNAPSHOT_FORMAT_H
#define HL_STORE_SNAPSHOT_FORMAT_H

#define HL_SNAPSHOT_MAGIC "HLSNAP\r\n"
#define HL_SNAPSHOT_END_MAGIC "HLSNEND\n"

/* Head: magic 8, version 4, head bytes 4, seq 8, created 8, store id 16, content version 4, zero 4, checksum 8 of all before. */
enum { HL_SNAPSHOT_HEAD_BYTES = 64, HL_SNAPSHOT_HEAD_COVERED = 56 };

/* Block: kind 4, number in the section 4, content bytes 4, stored bytes 4, checksum 8 of these 16 and the stored bytes. */
enum { HL_SNAPSHOT_BLOCK_HEAD_BYTES = 24, HL_SNAPSHOT_BLOCK_COVERED = 16 };

/* Table entry: kind 4, flags 4, offset 8, stored bytes 8, content bytes 8, blocks 4, zero 4, checksum of the content 8, name 24. */
enum { HL_SNAPSHOT_ENTRY_BYTES = 72, HL_SNAPSHOT_FLAG_OPTIONAL = 1 };

/* Foot: table offset 8, sections 4, zero 4, checksum of the table 8, file bytes 8, SHA-256 32 of all before it, magic 8. */
enum { HL_SNAPSHOT_FOOT_BYTES = 72, HL_SNAPSHOT_FOOT_COVERED = 32, HL_SNAPSHOT_SHA_BYTES = 32 };

#endif
