// What a compiler command line asks for, as far as flow-cc must know. Reads arguments, changes
// none.

#ifndef FLOWMON_RUNTIME_INSTRUMENT_CC_ARGS_H_
#define FLOWMON_RUNTIME_INSTRUMENT_CC_ARGS_H_

#include <cstddef>
#include <string>
#include <vector>

namespace flowmon {

struct CcRequest {
  bool compiles = false;            // some input is source code
  bool links = false;               // a program or a shared library comes out
  bool has_debug = false;           // the user's own -g is in effect
  bool hides_columns = false;       // -gno-column-info
  bool has_clang_coverage = false;  // clang's own edge coverage (libFuzzer), which runs after ours
  bool is_probe = false;            // a build system's trial (conftest, cmTC_, meson-private)
  std::string output;               // where a link puts it: -o, or a.out
  size_t end_of_options;            // index of "--" in the arguments, or their number
};

// `args` without the program's name. @files are read for the answer only; one that cannot be read
// is left to the compiler to complain about.
CcRequest AnalyzeCcArgs(const std::vector<std::string>& args, const std::string& working_dir);

// The words of a @file, by the rules of gcc and clang: blanks separate, quotes and backslashes
// quote.
std::vector<std::string> SplitResponseFile(const std::string& text);

}  // namespace flowmon

#endif  // FLOWMON_RUNTIME_INSTRUMENT_CC_ARGS_H_
