#ifndef FLOWMON_TEST_INSTRUMENT_PROGRAMS_MESON_WORDS_H_
#define FLOWMON_TEST_INSTRUMENT_PROGRAMS_MESON_WORDS_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C"
#endif
    size_t
    KeepWord(const char* word);  // returns its length, 0 if it is too long

#endif  // FLOWMON_TEST_INSTRUMENT_PROGRAMS_MESON_WORDS_H_
