/* AFL++ 5's afl-fuzz.h includes asanfuzz.h, which Debian's package does not bring. This stands in
 * for it, behind any real one, so that afl_hooks_check.c can read afl-fuzz.h; nothing of it is
 * used. */

enum SanitizerAbstraction { FLOWMON_UNKNOWN_ABSTRACTION };
