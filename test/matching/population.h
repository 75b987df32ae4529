// The source ranges of a translation unit that a database could name and that code can exist for:
// what the matcher is measured on. doc/INSTRUMENT.md, "How well it matches", defines them.
//
// A test tool's part. Knows clang's syntax tree and nothing of the matcher.

#ifndef FLOWMON_TEST_MATCHING_POPULATION_H_
#define FLOWMON_TEST_MATCHING_POPULATION_H_

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace clang {
class ASTContext;
}
namespace llvm {
class Module;
}

namespace flowmon::test {

// As the debug information counts: columns in bytes from 1, in macros the place of expansion.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Sample {
  std::string file;  // absolute
  uint32_t line = 0;
  uint32_t col_start = 0;
  uint32_t col_end = 0;           // inclusive
  std::string kind;               // "call", "condition", "array access", ...
  std::string spelled = "plain";  // or "macro" (an expansion), "macro argument" (as it is written)

  // What is right there. Several functions (template instances, units) may share one range.
  std::set<Position> own;         // what clang gives the node's own code
  std::set<std::string> callees;  // of a direct call: symbol names
  bool has_code = false;          // some code lies within the range
  std::set<Position> code;        // right if none does: the innermost enclosing code

  auto Key() const { return std::tie(file, line, col_start, col_end); }
};

// Samples of the functions that `module`, the unit as clang emitted it, defines. Ordered by Key(),
// one for each.
std::vector<Sample> CollectPopulation(clang::ASTContext& context, const llvm::Module& module);

}  // namespace flowmon::test

#endif  // FLOWMON_TEST_MATCHING_POPULATION_H_
