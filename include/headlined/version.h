/*
 * version.h - versions of the program, of the library's interface and of the fingerprint.
 *
 * Within one major version the functions and structures of include/headlined stay source compatible. The
 * fingerprint version changes whenever the same text would get another fingerprint: fingerprints of two
 * versions must not be compared.
 */
#ifndef HEADLINED_VERSION_H
#define HEADLINED_VERSION_H

#define HL_VERSION_STRING "0.1.0"
#define HL_PROTOCOL_VERSION 1
#define HL_FINGERPRINT_VERSION 1

#endif
