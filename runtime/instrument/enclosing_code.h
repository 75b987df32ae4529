// Where the code of the expressions around a location is, for a location without code of its own:
// what is assigned to, a constant, an argument of a macro.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_ENCLOSING_CODE_H_
#define FLOWMON_RUNTIME_INSTRUMENT_ENCLOSING_CODE_H_

#include <compare>
#include <cstdint>
#include <vector>

#include "runtime/instrument/source_tokens.h"

namespace flowmon {

struct CodePosition {
  uint32_t line;
  uint32_t column;
  bool of_call = false;  // only if there is a call
  friend auto operator<=>(const CodePosition&, const CodePosition&) = default;
};

// The positions that clang gives the code of the expressions that contain the tokens at these
// columns, innermost first, up to the statement. Found by precedence and brackets alone, so they
// are candidates: only what code really has counts.
std::vector<CodePosition> EnclosingPositions(const SourceTokens& source, uint32_t line,
                                             uint32_t col_start, uint32_t col_end);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_ENCLOSING_CODE_H_
